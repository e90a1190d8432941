/** Answers that look like a lie and are somebody else's doing: a file, a filter at home, a zone, a new tenant. */
import { expect, test } from 'vitest';
import { draft, type Draft } from '../../golden/build.ts';
import { ASN, FAMILY_RESOLVER } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  OTHER_IP,
  SITE_CHAIN,
} from '../../golden/scenes.ts';
import { chains } from '../../golden/chains.ts';

const NO = 'dns_nxdomain_error';
const REFUSED = 'connection_refused';
const OLD = `${OTHER_IP}:443`;
const verdictOf = (d: Draft) => judged(d.document()).verdict;

function bogon(wire: string | readonly string[], system = '0.0.0.0'): Draft {
  const d = draft(HTTPS_URL);
  d.lookup([system]);
  d.wire(wire);
  d.doh([IP]);
  d.control(CONTROL_GETS_ALL);
  return d;
}

test('a bogon accuses only a resolver that was heard to give it', () => {
  expect(verdictOf(bogon(['0.0.0.0']))).toMatchObject({ outcome: 'interfered', method: 'dns.bogon' });
  expect(verdictOf(bogon('generic_timeout_error'))).toMatchObject({
    outcome: 'suspected',
    method: 'dns.bogon',
  });
});

test('a null address beside a denial on the wire is a file’s; a private one is nobody’s', () => {
  expect(verdictOf(bogon(NO))).toMatchObject({ outcome: 'local', cause: 'hosts_file' });
  expect(verdictOf(bogon(NO, '10.10.34.36')).outcome).toBe('insufficient');
});

/** Other addresses for the name and, on every question, for random names below it. */
function otherBelow(second: string | readonly string[]): Draft {
  const d = draft(HTTPS_URL);
  d.lookup([OTHER_IP]);
  d.wire([OTHER_IP]);
  d.doh([IP]);
  d.tcp(OTHER_IP, 443);
  d.tls({ chain: chains.trusted('default.edge.example') });
  const innocuous = (label: string) => () => void d.ask({ via: 'udp', says: NO, name: `${label}.${MIRROR}` });
  d.pair(
    { ...AT_SITE('dns.uncached_at_resolver'), innocuous: MIRROR },
    innocuous('k7qd1x'),
    () => void d.ask({ via: 'udp', says: [OTHER_IP], name: `p02mzv.${HOST}` }),
    innocuous('t9c4ha'),
    () => void d.ask({ via: 'doh', says: second, name: `p02mzv.${HOST}` }),
  );
  d.control(CONTROL_GETS_ALL);
  return d;
}

test('a zone that answers for everything below it may do so by country', () => {
  expect(verdictOf(otherBelow(NO))).toMatchObject({ outcome: 'interfered', method: 'dns.wrong_address' });
  expect(verdictOf(otherBelow([IP]))).toMatchObject({ outcome: 'suspected', method: 'dns.wrong_address' });
});

function filteredTo(control: string | null): Draft {
  const d = draft(HTTPS_URL);
  d.network({ asn: ASN.own, resolverAsn: ASN.resolver, resolverAddress: FAMILY_RESOLVER });
  d.lookup([OTHER_IP]);
  d.wire([OTHER_IP]);
  d.doh([IP]);
  d.tcp(OTHER_IP, 443, REFUSED);
  d.control({ ...CONTROL_GETS_ALL, tcp: { ...CONTROL_GETS_ALL.tcp, [OLD]: control } });
  return d;
}

test('a filter’s own address answers nobody; an edge that answers the control is no filter’s', () => {
  expect(verdictOf(filteredTo(REFUSED))).toMatchObject({ outcome: 'local', cause: 'resolver_filter' });
  expect(verdictOf(filteredTo(null)).outcome).not.toBe('local');
});

function tenant(earlier: readonly string[], chain = chains.trusted('new-tenant.example')): Draft {
  const d = draft(HTTPS_URL);
  d.lookup([OTHER_IP]);
  d.wire([OTHER_IP]);
  d.doh([IP]);
  d.tcp(OTHER_IP, 443);
  d.tls({ chain });
  d.control({ ...CONTROL_GETS_ALL, tcp: { ...CONTROL_GETS_ALL.tcp, [OLD]: null }, earlier });
  return d;
}

test('an old address with a new tenant is an old address; without a past it is another one', () => {
  expect(verdictOf(tenant([OTHER_IP]))).toMatchObject({ outcome: 'down', cause: 'site_moved' });
  expect(verdictOf(tenant([]))).toMatchObject({ outcome: 'suspected', method: 'dns.wrong_address' });
  expect(verdictOf(tenant([OTHER_IP], SITE_CHAIN)).outcome).not.toBe('down');
});
