import { expect, test } from 'vitest';
import { draft, type Draft } from '../../golden/build.ts';
import { BLOCKPAGE_ADDRESS, FAMILY_RESOLVER, ASN } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP, OTHER_IP, SITE_CHAIN } from '../../golden/scenes.ts';

const verdictOf = (d: Draft) => judged(d.document()).verdict;

/** What the device is told, what its resolver says on the wire, and an honest second opinion. */
function told(system: readonly string[], wire: readonly string[] = system): Draft {
  const d = draft(HTTPS_URL);
  d.lookup(system);
  d.wire(wire);
  d.doh([IP]);
  d.control(CONTROL_GETS_ALL);
  return d;
}
const NAMED = 'dns.blockpage_address';

test('the address alone is enough, whether or not anything answers there', () => {
  expect(verdictOf(told([BLOCKPAGE_ADDRESS]))).toMatchObject({ outcome: 'interfered', method: NAMED });
});

test('a hosts file that sends the name there accuses no resolver', () => {
  expect(verdictOf(told([BLOCKPAGE_ADDRESS], [IP]))).not.toMatchObject({ outcome: 'interfered' });
});

test('an address that is not on record is only a different one', () => {
  expect(verdictOf(told([OTHER_IP]))).toMatchObject({ outcome: 'suspected', method: 'dns.wrong_address' });
});

test('whoever shows the site’s own certificate there is the site', () => {
  const d = told([BLOCKPAGE_ADDRESS]);
  d.tcp(BLOCKPAGE_ADDRESS, 443);
  d.tls({ chain: SITE_CHAIN });
  expect(verdictOf(d).method).not.toBe(NAMED);
});

test('a resolver chosen for families that does so is a filter', () => {
  const d = told([BLOCKPAGE_ADDRESS]);
  d.network({ asn: ASN.own, resolverAsn: ASN.resolver, resolverAddress: FAMILY_RESOLVER });
  expect(verdictOf(d)).toMatchObject({ outcome: 'local', cause: 'resolver_filter' });
});
