/** The dated files that golden documents are judged by, made for them: one root, one authority and one page on record. */
import { toBase64 } from '../../shared/codec/base64.ts';
import { publicKeyOf } from '../../shared/codec/ed25519.ts';
import { createJudgeContext, type JudgeContext } from '../../shared/judge/index.ts';
import type { KnownServers } from '../../shared/model/index.ts';
import { INTERCEPTION_JSON, reflectorIdentity, ROOTS_PEM } from './chains.ts';

export const CONTROL_SEED = new Uint8Array(32).fill(11);
export const MIRROR_SEED = new Uint8Array(32).fill(12);
/** An address on record as a block page's. */
export const BLOCKPAGE_ADDRESS = '11.254.9.66';
/** The phrase by which the block page of these documents is on record. */
export const BLOCKPAGE_PHRASE = 'golden-block-page-4c1e';

const BLOCKPAGES_CSV = [
  'id,where,match,pattern,scope,country,source,date_read,notes',
  `golden,body,contains,${BLOCKPAGE_PHRASE},isp,ZZ,test/golden/context.ts,2026-11-21,`,
  `golden-address,address,equals,${BLOCKPAGE_ADDRESS},isp,ZZ,test/golden/context.ts,2026-11-22,`,
  '',
].join('\n');

/** Two networks of one operator, one of another, one where machines are hosted; the resolvers' own are not on the list. */
export const ASN = {
  own: 64500,
  ownToo: 64501,
  other: 64510,
  hosting: 64520,
  resolver: 64530,
  plain: 64531,
} as const;
const NETWORKS_CSV = [
  'asn,owner,access,from,to,source',
  `${ASN.own},Golden Telecom,fixed,,,test/golden/context.ts`,
  `${ASN.ownToo},Golden Telecom,mobile,,,test/golden/context.ts`,
  `${ASN.other},Silver Telecom,fixed,,,test/golden/context.ts`,
  `${ASN.hosting},Golden Machines,hosting,,,test/golden/context.ts`,
  '',
].join('\n');

/** One for families, and one that filters nothing, whose operator has another that does. */
export const FAMILY_RESOLVER = '11.254.9.3';
export const PLAIN_RESOLVER = '11.254.9.1';
const RESOLVERS_CSV = [
  'address,operator,asn,filters,source,date_read',
  `${FAMILY_RESOLVER},Golden DNS,${ASN.resolver},family,test/golden/context.ts,2026-11-21`,
  `${PLAIN_RESOLVER},Silver DNS,${ASN.plain},none,test/golden/context.ts,2026-11-21`,
  `11.254.9.2,Silver DNS,${ASN.plain},malware,test/golden/context.ts,2026-11-21`,
  '',
].join('\n');

/** The reflector's name; documents show it with a trusted chain, a forged one, or the identity below. */
export const MIRROR = 'mirror.example';
/** A certificate of the reflector's own making: only its key, known beforehand, tells it from a forged one. */
export const MIRROR_IDENTITY = reflectorIdentity(MIRROR);

export const KNOWN_SERVERS: KnownServers = {
  controlKeys: [toBase64(publicKeyOf(CONTROL_SEED))],
  reflectors: [
    { name: MIRROR, spkiSha256: [MIRROR_IDENTITY.spkiSha256], key: toBase64(publicKeyOf(MIRROR_SEED)) },
  ],
};

export const GOLDEN_CONTEXT: JudgeContext = createJudgeContext({
  rootsPem: ROOTS_PEM,
  interceptionJson: [INTERCEPTION_JSON],
  blockpagesCsv: BLOCKPAGES_CSV,
  resolversCsv: RESOLVERS_CSV,
  networksCsv: NETWORKS_CSV,
  servers: KNOWN_SERVERS,
});
