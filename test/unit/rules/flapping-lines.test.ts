/** On a line that cuts any connection now and then, a name that got through once was not filtered. */
import { describe, expect, test } from 'vitest';
import { draft } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_CHAIN,
  names,
  OTHER_IP,
  SITE_CHAIN,
  tlsStep,
} from '../../golden/scenes.ts';

const CUT = { failure: 'connection_reset' } as const;
const OTHER_CHAIN = chains.trusted('example.com');

/** Both addresses of the site were cut off; then the pairs at one of them, `retry` being the target's name unsplit. */
function outcome(retry: Parameters<typeof tlsStep>[2]): unknown {
  const d = draft(HTTPS_URL);
  names(d, [IP, OTHER_IP]);
  for (const address of [IP, OTHER_IP]) {
    d.tcp(address, 443);
    d.tls(CUT);
  }
  const innocuous = tlsStep(d, 'site', { sni: 'example.com', chain: OTHER_CHAIN });
  d.pair(
    { kind: 'tls.sni_at_address', suspect: HOST, innocuous: 'example.com' },
    innocuous,
    tlsStep(d, 'site', { sni: HOST, ...retry }),
    innocuous,
  );
  d.pair(
    { kind: 'tls.split_client_hello', suspect: HOST, innocuous: HOST },
    tlsStep(d, 'site', { sni: HOST, split: true, chain: SITE_CHAIN }),
  );
  d.control({ ...CONTROL_GETS_ALL, addresses: [IP, OTHER_IP] });
  return judged(d.document()).verdict.outcome;
}

describe('a split ClientHello that passes', () => {
  test('proves nothing where a whole one passed too', () => {
    expect(outcome({ chain: SITE_CHAIN })).toBe('insufficient');
  });

  test('proves a filter of names where whole ones keep dying', () => {
    expect(outcome(CUT)).toBe('interfered');
  });
});

/** The site was cut off; then pairs at the reflector, `tries` being what befell the target's name in each. */
function atReflector(tries: readonly Parameters<typeof tlsStep>[2][]): unknown {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(CUT);
  const mirror = () => tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
  for (const fate of tries)
    d.pair(
      AT_MIRROR('tls.sni_at_reflector'),
      mirror(),
      tlsStep(d, 'reflector', { sni: HOST, ...fate }),
      mirror(),
    );
  d.control(CONTROL_GETS_ALL);
  return judged(d.document()).verdict.outcome;
}

describe('pairs at the reflector', () => {
  test('prove a filter of names where every one of them agrees', () => {
    expect(atReflector([CUT, CUT, CUT])).toBe('interfered');
  });

  test('accuse nobody where the name passed in one of them', () => {
    expect(atReflector([CUT, { chain: MIRROR_CHAIN }, CUT])).toBe('suspected');
  });
});
