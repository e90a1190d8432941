import { CHAINS_REMOVED } from '../../../shared/model/index.ts';
import { draft, type GoldenDocument } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_MIRROR, CONTROL_GETS_ALL, HOST, HTTPS_URL, IP, MIRROR, names, tlsStep } from '../scenes.ts';

const SILENT = { failure: 'ssl_unknown_authority' } as const;

/** Handshakes that failed for want of a known authority, with no chain to show for it. */
function withoutChains(annotated: boolean): GoldenDocument {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(SILENT);
  const own = tlsStep(d, 'reflector', { ...SILENT, sni: MIRROR });
  d.pair(AT_MIRROR('tls.chain_at_reflector'), own, tlsStep(d, 'reflector', { ...SILENT, sni: HOST }), own);
  d.control(CONTROL_GETS_ALL);
  const document = d.document();
  return annotated
    ? { ...document, annotations: { ...document.annotations, chains_removed: CHAINS_REMOVED } }
    : document;
}

export const golden: GoldenCase = {
  fires: {
    story: 'The device took the chains of its own security product out, and says so.',
    document: withoutChains(true),
    finding: { outcome: 'local', cause: 'local_interception', evidence: 'weak', because: ['tls-4'] },
  },
  lookAlike: {
    story: 'No chain was kept, and nothing says why: that is nobody’s fault.',
    document: withoutChains(false),
    verdict: { outcome: 'insufficient' },
  },
};
