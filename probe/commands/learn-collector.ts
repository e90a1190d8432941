/** What this run may know of the server side, and where it may be sent by it. */
import { leadsHome, parseIp, withoutBrackets } from '../../shared/codec/ip.ts';
import { message } from '../../shared/i18n/index.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import type { OpenHttp } from '../net/http-client.ts';
import { fetchDescriptor } from '../report/descriptor.ts';
import { ReportError } from '../report/errors.ts';
import { readNamedFile } from './files.ts';
import type { RunSettings } from './run-options.ts';
import type { World } from './world.ts';

export interface LearntCollector {
  /** Null: nobody could be asked now, nor ever before. */
  readonly descriptor: Descriptor | null;
  /** The collector's chain isn't trusted on this network: somebody may stand in between. */
  readonly untrusted: boolean;
  /** This device's clock minus the collector's, in minutes; null when it could not be asked. */
  readonly clockOffsetMinutes: number | null;
}

/** Failures of certificates that a wrong clock makes. */
const DATED_FAILURE = 'ssl_invalid_certificate';
const CLOCK_HINT = 'is the clock of this device right?';
/** Errors with which a run goes on: its results wait on the device. */
const SURVIVED: readonly string[] = ['COLLECTOR_UNREACHABLE', 'COLLECTOR_UNTRUSTED', 'DESCRIPTOR_INVALID'];
/** A descriptor has a few kilobytes. */
const MAX_DESCRIPTOR_MEBIBYTES = 1;

/** The signed descriptor of --descriptor; null without one. Throws FILE_UNREADABLE. */
export async function readDescriptorFile(path: string | null): Promise<Uint8Array | null> {
  return path === null ? null : readNamedFile(path, MAX_DESCRIPTOR_MEBIBYTES, 'FILE_UNREADABLE');
}

/** What the collector says of itself; null when none is wanted. */
export async function learnCollector(
  settings: RunSettings,
  world: World,
  openHttp: OpenHttp,
): Promise<LearntCollector | null> {
  if (settings.collector === null) return null;
  const given = await readDescriptorFile(settings.descriptorFile);
  try {
    const known = await fetchDescriptor({
      collectorUrl: settings.collector,
      folder: `${world.stateFolder}/collectors`,
      openHttp,
      signal: world.stop,
      given,
    });
    const untrusted = known.untrusted !== null;
    if (known.untrusted?.includes(DATED_FAILURE)) world.err(CLOCK_HINT);
    if (untrusted) world.err(message(settings.language, 'collector.untrusted'));
    else if (known.cached) world.err('the collector can’t be reached; what it said last time is used');
    const clockOffsetMinutes =
      known.serverTime === null ? null : Math.round((world.now() - known.serverTime) / 60_000);
    return { descriptor: known.descriptor, clockOffsetMinutes, untrusted };
  } catch (error) {
    if (!(error instanceof ReportError) || !SURVIVED.includes(error.code) || given !== null) throw error;
    if (error.message.includes(DATED_FAILURE)) world.err(CLOCK_HINT);
    const untrusted = error.code === 'COLLECTOR_UNTRUSTED';
    if (untrusted) world.err(message(settings.language, 'collector.untrusted_first'));
    else world.err(`${error.message}; measuring all the same, results are kept on this device`);
    return { descriptor: null, clockOffsetMinutes: null, untrusted };
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
