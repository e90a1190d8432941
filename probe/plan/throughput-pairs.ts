/** Slow, or stopped after so many bytes: the name, the address, or the line? */
import type { HttpObservation } from '../../shared/model/index.ts';
import type { Case, Hop } from '../../shared/rules/index.ts';
import type { Endpoint } from '../net/net.ts';
import {
  alternate,
  madeBefore,
  pathOf,
  placeFor,
  suspicionOf,
  type PlannedPair,
  type PlannedStep,
  type PlanWorld,
  type ReflectorPlace,
} from './pair.ts';
import { frozen, slowBody, slowHandshake } from './slow.ts';

/** Of one download at a reflector: four times what the boxes that freeze connections let through. Bytes. */
const DOWNLOAD_BYTES = 65_536;
/** What a reflector gives at most. Bytes. */
const MAX_DOWNLOAD_BYTES = 262_144;
/** Suspicions in a pair of downloads: one slow one is chance. */
const DOWNLOADS = 3;

const bytesPath = (n: number): string => `/.well-known/kuager-bytes?n=${n}`;

/** URL and Host name the reflector whatever the SNI is: the SNI alone is what is tested. */
function download(place: ReflectorPlace, sni: string, bytes: number): PlannedStep {
  const { reflector, endpoint } = place;
  return {
    protocol: 'https',
    name: sni,
    endpoint,
    validFor: reflector.name,
    host: reflector.name,
    path: bytesPath(bytes),
    download: true,
  };
}

/** A name that is stopped after so many bytes is only seen by a download that is longer than what came. */
function downloadBytes(page: HttpObservation | undefined): number {
  return Math.min(MAX_DOWNLOAD_BYTES, Math.max(DOWNLOAD_BYTES, 2 * (page?.bodyLength ?? 0)));
}

function sniAtReflector(hop: Hop, place: ReflectorPlace, because: Symptom, bytes: number): PlannedPair {
  const { reflector } = place;
  const [a, b] = [reflector.name, hop.host].map((sni) => download(place, sni, bytes));
  return {
    kind: 'throughput.sni_at_reflector',
    where: 'reflector',
    reflector,
    place,
    innocuous: reflector.name,
    suspect: hop.host,
    steps: alternate(a!, b!, DOWNLOADS),
    order: 'in_turn',
    ...suspicionOf(because),
  };
}

function siteAtAddress(hop: Hop, place: ReflectorPlace, page: HttpObservation): PlannedPair | null {
  if (page.address === null) return null;
  const bytes = Math.min(MAX_DOWNLOAD_BYTES, Math.max(DOWNLOAD_BYTES, page.bodyLength ?? 0));
  const endpoint: Endpoint = { address: page.address, port: hop.port };
  const common = { name: hop.host, endpoint, path: pathOf(hop), download: true } as const;
  const site: PlannedStep = hop.encrypted
    ? { ...common, protocol: 'https', validFor: hop.host, host: hop.host }
    : { ...common, protocol: 'http', split: false };
  return {
    kind: 'throughput.site_at_address',
    where: 'same_address',
    reflector: place.reflector,
    place: null,
    innocuous: place.reflector.name,
    suspect: hop.host,
    steps: alternate(download(place, place.reflector.name, bytes), site, DOWNLOADS),
    order: 'in_turn',
    ...suspicionOf(page),
  };
}

type Symptom = ReturnType<typeof slowHandshake> | ReturnType<typeof frozen>;

/** Also for a page that came: it may have come slowly. */
export function throughputPairs(c: Case, hop: Hop, world: PlanWorld): readonly PlannedPair[] {
  const place = placeFor(world, 'tls');
  const page = frozen(hop) ?? (world.mayCompareSpeed ? slowBody(c, hop) : undefined);
  const because = page ?? (world.mayCompareSpeed ? slowHandshake(hop) : undefined);
  if (place === undefined || because === undefined) return [];
  const named = madeBefore(world, 'throughput.sni_at_reflector', hop.host) > 0;
  if (hop.encrypted && world.mayNameAtReflector && !named)
    return [sniAtReflector(hop, place, because, downloadBytes(frozen(hop)))];
  if (page === undefined || madeBefore(world, 'throughput.site_at_address', hop.host) > 0) return [];
  const pair = siteAtAddress(hop, place, page);
  return pair === null ? [] : [pair];
}
