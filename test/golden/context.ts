/** The dated files that golden documents are judged by, made for them: one root, one authority and one page on record. */
import { toBase64 } from '../../shared/codec/base64.ts';
import { publicKeyOf } from '../../shared/codec/ed25519.ts';
import { createJudgeContext, type JudgeContext } from '../../shared/judge/index.ts';
import { INTERCEPTION_JSON, ROOTS_PEM } from './chains.ts';

export const CONTROL_SEED = new Uint8Array(32).fill(11);
/** The phrase by which the block page of these documents is on record. */
export const BLOCKPAGE_PHRASE = 'golden-block-page-4c1e';

const BLOCKPAGES_CSV = [
  'id,where,match,pattern,scope,country,source,date_read,notes',
  `golden,body,contains,${BLOCKPAGE_PHRASE},isp,ZZ,test/golden/context.ts,2026-11-21,`,
  '',
].join('\n');

export const GOLDEN_CONTEXT: JudgeContext = createJudgeContext({
  rootsPem: ROOTS_PEM,
  interceptionJson: [INTERCEPTION_JSON],
  blockpagesCsv: BLOCKPAGES_CSV,
  networksCsv: '',
  controlKeys: [toBase64(publicKeyOf(CONTROL_SEED))],
});
