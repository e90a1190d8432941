/** The dated files that golden documents are judged by, made for them: one root, one authority and one page on record. */
import { toBase64 } from '../../shared/codec/base64.ts';
import { publicKeyOf } from '../../shared/codec/ed25519.ts';
import { createJudgeContext, type JudgeContext } from '../../shared/judge/index.ts';
import type { KnownServers } from '../../shared/model/index.ts';
import { INTERCEPTION_JSON, reflectorIdentity, ROOTS_PEM } from './chains.ts';

export const CONTROL_SEED = new Uint8Array(32).fill(11);
/** The phrase by which the block page of these documents is on record. */
export const BLOCKPAGE_PHRASE = 'golden-block-page-4c1e';

const BLOCKPAGES_CSV = [
  'id,where,match,pattern,scope,country,source,date_read,notes',
  `golden,body,contains,${BLOCKPAGE_PHRASE},isp,ZZ,test/golden/context.ts,2026-11-21,`,
  '',
].join('\n');

/** The reflector's name; documents show it with a trusted chain, a forged one, or the identity below. */
export const MIRROR = 'mirror.example';
/** A certificate of the reflector's own making: only its key, known beforehand, tells it from a forged one. */
export const MIRROR_IDENTITY = reflectorIdentity(MIRROR);

export const KNOWN_SERVERS: KnownServers = {
  controlKeys: [toBase64(publicKeyOf(CONTROL_SEED))],
  reflectors: [{ name: MIRROR, spkiSha256: [MIRROR_IDENTITY.spkiSha256] }],
};

export const GOLDEN_CONTEXT: JudgeContext = createJudgeContext({
  rootsPem: ROOTS_PEM,
  interceptionJson: [INTERCEPTION_JSON],
  blockpagesCsv: BLOCKPAGES_CSV,
  networksCsv: '',
  servers: KNOWN_SERVERS,
});
