/** A server that nobody reaches: broken, or cut off at home? Where it stands decides what is said. */
import { expect, test } from 'vitest';
import { draft } from '../../golden/build.ts';
import { ASN } from '../../golden/context.ts';
import type { ControlSays } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import { HTTPS_URL, IP, names, OTHER_IP, SECURE } from '../../golden/scenes.ts';

const REFUSED = 'connection_refused';

function causeOf(networks: ControlSays['networks'], addresses: readonly string[] = [IP]): string | null {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443, REFUSED);
  const says = { addresses, tcp: { [SECURE]: REFUSED }, http: { failure: REFUSED } };
  d.control(networks === undefined ? says : { ...says, networks });
  const { verdict } = judged(d.document());
  expect(verdict.outcome).toBe('down');
  return verdict.cause;
}

test('a server abroad, or nobody knows where, is down', () => {
  expect(causeOf(undefined)).toBe('site_down');
  expect(causeOf({ [IP]: { asn: ASN.hosting, cc: 'NL' } })).toBe('site_down');
  expect(causeOf({ [IP]: { asn: ASN.hosting } })).toBe('site_down');
  expect(causeOf({ [OTHER_IP]: { asn: ASN.own, cc: 'KZ' } })).toBe('site_down');
});

test('a server in the country is down with a question mark', () => {
  expect(causeOf({ [IP]: { asn: ASN.plain, cc: 'KZ' } })).toBe('down_hosted_in_kz');
  expect(causeOf({ [IP]: { asn: ASN.own } })).toBe('down_hosted_in_kz');
});

test('one address abroad is enough to call it down', () => {
  const both = { [IP]: { asn: ASN.plain, cc: 'KZ' }, [OTHER_IP]: { asn: ASN.hosting, cc: 'NL' } };
  expect(causeOf(both, [IP, OTHER_IP])).toBe('site_down');
});
