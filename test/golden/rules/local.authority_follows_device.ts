import { parseCertificate } from '../../../shared/codec/x509.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import type { InterceptionNote } from '../../../shared/model/index.ts';
import { draft, type GoldenDocument } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { chains, STORED } from '../chains.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  tlsStep,
} from '../scenes.ts';

const gateway = parseCertificate(STORED.unknown);
if ('error' in gateway) throw new Error(gateway.error);
const NOTE: InterceptionNote = {
  spki_sha256: sha256Hex(gateway.publicKey.der),
  in_device_store: false,
  on_other_network: true,
  first_met: true,
};
const read = (host: string) => ({ failure: 'ssl_unknown_authority', chain: chains.unknown(host) });

/** Met on another network before; here it answers for our own server too, or for the site alone. */
function met(reflectorToo: boolean): GoldenDocument {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(read(HOST));
  const own = reflectorToo ? read(MIRROR) : { chain: MIRROR_CHAIN };
  const suspect = reflectorToo ? read(HOST) : { failure: 'ssl_invalid_hostname', chain: MIRROR_CHAIN };
  const innocuous = tlsStep(d, 'reflector', { ...own, sni: MIRROR });
  d.pair(
    AT_MIRROR('tls.chain_at_reflector'),
    innocuous,
    tlsStep(d, 'reflector', { ...suspect, sni: HOST }),
    innocuous,
  );
  d.control(CONTROL_GETS_ALL);
  return { ...d.document(), x_interception: NOTE };
}

export const golden: GoldenCase = {
  fires: {
    story: 'A company’s laptop at home: the authority that read everything at work reads everything here.',
    document: met(true),
    finding: {
      outcome: 'local',
      cause: 'local_interception',
      evidence: 'strong',
      because: ['tls-4', 'tls-5', 'tls-6', 'tls-7'],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story:
      'The site’s own edge shows a certificate of its own making on every network: our server is left alone.',
    document: met(false),
    verdict: { outcome: 'suspected', method: 'tls.interception', authority: 'unknown' },
  },
};
