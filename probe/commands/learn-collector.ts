/** What this run may know of the server side, and where it may be sent by it. */
import { leadsHome, parseIp, withoutBrackets } from '../../shared/codec/ip.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import type { OpenHttp } from '../net/http-client.ts';
import { fetchDescriptor } from '../report/descriptor.ts';
import { ReportError } from '../report/errors.ts';
import type { RunSettings } from './run-options.ts';
import type { World } from './world.ts';

export interface LearntCollector {
  readonly descriptor: Descriptor;
  /** This device's clock minus the collector's, in minutes; null when it could not be asked. */
  readonly clockOffsetMinutes: number | null;
}

/** Failures of certificates that a wrong clock makes. */
const DATED_FAILURE = 'ssl_invalid_certificate';

/** What the collector says of itself; null when none is wanted or it can't be reached and never was. */
export async function learnCollector(
  settings: RunSettings,
  world: World,
  openHttp: OpenHttp,
): Promise<LearntCollector | null> {
  if (settings.collector === null) return null;
  try {
    const known = await fetchDescriptor({
      collectorUrl: settings.collector,
      folder: `${world.stateFolder}/collectors`,
      openHttp,
      signal: world.stop,
    });
    if (known.cached) world.err('the collector can’t be reached; what it said last time is used');
    const clockOffsetMinutes =
      known.serverTime === null ? null : Math.round((world.now() - known.serverTime) / 60_000);
    return { descriptor: known.descriptor, clockOffsetMinutes };
  } catch (error) {
    if (
      !(error instanceof ReportError) ||
      (error.code !== 'COLLECTOR_UNREACHABLE' && error.code !== 'DESCRIPTOR_INVALID')
    )
      throw error;
    if (error.message.includes(DATED_FAILURE)) world.err('is the clock of this device right?');
    world.err(`${error.message}; measuring all the same, results are kept on this device`);
    return null;
  }
}

/**
 * A lab says so by KUAGER_ONLY, by roots of its own, or by a collector at home. Anywhere else nobody may send the probe
 * into the volunteer's own network.
 */
export function isLab(settings: RunSettings, world: World): boolean {
  const host = settings.collector === null ? null : withoutBrackets(new URL(settings.collector).hostname);
  const collectorAtHome =
    host !== null && (host === 'localhost' || (parseIp(host) !== null && leadsHome(host)));
  return world.only !== undefined || settings.extraRootFiles.length > 0 || collectorAtHome;
}

/** Reflectors of a descriptor that are used, and addresses and further ports of each: every one is asked at the start. */
const MAX_REFLECTORS = 8;
const MAX_REFLECTOR_ADDRESSES = 4;
const MAX_MORE_PORTS = 8;
/** Below it only the web's two: a descriptor must not send volunteers to mail or file servers of strangers. */
const FIRST_UNPRIVILEGED_PORT = 1024;
const isWebPort = (port: number): boolean => port === 80 || port === 443 || port >= FIRST_UNPRIVILEGED_PORT;

/** A few of everything: a signer may be wrong, or want volunteers to knock at many doors. */
function bounded(descriptor: Descriptor): Descriptor {
  const used = descriptor.reflectors.filter((r) => [r.tlsPort, r.httpPort].every(isWebPort));
  return {
    ...descriptor,
    reflectors: used.slice(0, MAX_REFLECTORS).map(({ morePorts, selfSignedPort, ...r }) => ({
      ...r,
      addresses: r.addresses.slice(0, MAX_REFLECTOR_ADDRESSES),
      ...(morePorts === undefined ? {} : { morePorts: morePorts.filter(isWebPort).slice(0, MAX_MORE_PORTS) }),
      ...(selfSignedPort === undefined || !isWebPort(selfSignedPort) ? {} : { selfSignedPort }),
    })),
  };
}

/** What a descriptor names, without the places that only a lab may name, and not more of them than a run needs. */
export function reachable(descriptor: Descriptor, lab: boolean): Descriptor {
  return bounded(lab ? descriptor : outside(descriptor));
}

function outside(descriptor: Descriptor): Descriptor {
  const literal = (url: string): string => withoutBrackets(new URL(url).hostname);
  return {
    ...descriptor,
    controls: descriptor.controls.filter(
      (c) => parseIp(literal(c.url)) === null || !leadsHome(literal(c.url)),
    ),
    reflectors: descriptor.reflectors
      .map((r) => ({ ...r, addresses: r.addresses.filter((a) => !leadsHome(a)) }))
      .filter((r) => r.addresses.length > 0),
  };
}
