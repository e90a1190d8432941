import { fingerprint } from '../../shared/codec/ed25519.ts';
import type { EvidenceInput } from './evidence-input.ts';

/** `README.txt` of a bundle. */
export function bundleReadme(input: EvidenceInput): string {
  const list = input.items
    .map((item) => `  ${item.measurementId}  ${item.verdict.target.replaceAll(/\p{Cc}/gu, '?')}`)
    .join('\n');
  return `KUÄGER EVIDENCE BUNDLE

Open report.html in any browser: it says what was measured, what was seen, what was excluded and what was not.

Measurements in this bundle:
${list}

How to check it, offline and without trusting whoever gave it to you:

  kuager verify THIS-FILE.zip --trust TRUST-FILE

The trust file names the keys of the collector, its control and its log. Get it from the collector's operator by
another way than this bundle. Without it the check says whether the bundle is whole and whose key signed it:
  collector  ${fingerprint(input.collectorKey)}
  log        ${input.logOrigin}

What is checked: the hash of every file (datapackage.json), its signature (datapackage.dsse.json), the signature of
each measurement by the probe's own key and of each control reply, inclusion of each measurement in the collector's
log (proofs/), and the judgement itself, which is made again from the measurement and the files in snapshots/.

basis/ is the place for the legal basis of what was seen. Every axis is "unknown": no order has been looked for.
That is not a statement that there is none.
`;
}
