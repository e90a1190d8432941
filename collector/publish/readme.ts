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
  (keys.json has the keys themselves)

What is checked: the hash of every file (datapackage.json), its signature (datapackage.dsse.json), the signature of
each measurement by the probe's own key and of each control reply (diary/: replies of the control from before and
after a measurement that had none of its own; witnesses/: measurements from networks of other owners, signed by their
own probes' keys, on which a verdict rests), inclusion of each measurement in the collector's
log (proofs/), and the judgement itself, which is made again from the measurement and the files in snapshots/.

Without kuager, any tools for these formats will do. Signatures are DSSE v1 (Ed25519 over its pre-authentication
encoding); a key is base64 of 32 raw bytes: the collector's in keys.json, a measurement's as x_key in its own payload,
a control's as the envelope's keyid. A measurement's id is the SHA-256 of its payload. The log is an RFC 6962 tree:
leaf data = SHA-256(nonce || payload), leaf hash = SHA-256(0x00 || leaf data); proofs are c2sp.org/tlog-proof@v1, the
log's key is the C2SP verifier key in keys.json. datapackage.json is a Frictionless Data Package.

basis/ is the place for the legal basis of what was seen. Every axis is "unknown": no order has been looked for.
That is not a statement that there is none.
`;
}
