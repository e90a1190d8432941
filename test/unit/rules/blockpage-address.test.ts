import { describe, expect, test } from 'vitest';
import { createJudgeContext, judgeCase } from '../../../shared/judge/index.ts';
import { draft, type Draft } from '../../golden/build.ts';
import { chains, ROOTS_PEM } from '../../golden/chains.ts';
import { BLOCKPAGE_ADDRESS, FAMILY_RESOLVER, ASN, KNOWN_SERVERS } from '../../golden/context.ts';
import { judged } from '../../golden/judged.ts';
import {
  AT_SITE,
  CONTROL_GETS_ALL,
  HTTPS_URL,
  IP,
  MIRROR,
  OTHER_IP,
  SITE_CHAIN,
} from '../../golden/scenes.ts';

const verdictOf = (d: Draft) => judged(d.document()).verdict;
const fires = (d: Draft): boolean => verdictOf(d).rules.some(({ id }) => id === NAMED);

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

describe('whose word counts', () => {
  const asked = (...make: readonly ((d: Draft) => void)[]): Draft => {
    const d = draft(HTTPS_URL);
    for (const each of make) each(d);
    return d;
  };
  const told = (d: Draft): void => void [d.lookup([BLOCKPAGE_ADDRESS]), d.wire([BLOCKPAGE_ADDRESS])];
  const control = (d: Draft): void => d.control(CONTROL_GETS_ALL);
  const second = (d: Draft): void => void d.doh([IP]);

  test('the control’s or a second opinion’s, and without both there is none', () => {
    expect(fires(asked(told, control))).toBe(true);
    expect(fires(asked(told, second))).toBe(true);
    expect(fires(asked(told))).toBe(false);
    expect(fires(asked(told, (d) => void d.doh('generic_timeout_error')))).toBe(false);
  });

  test('not that of a second opinion that gives the same address: it is the site’s', () => {
    expect(fires(asked(told, (d) => void d.doh([IP, BLOCKPAGE_ADDRESS])))).toBe(false);
  });

  test('the resolver’s own, on the wire, in time', () => {
    const system = (d: Draft): void => void d.lookup([BLOCKPAGE_ADDRESS]);
    expect(fires(asked(system, control))).toBe(false);
    expect(fires(asked(system, (d) => void d.wire('generic_timeout_error'), control))).toBe(false);
    expect(fires(asked(system, (d) => void d.wire([IP, BLOCKPAGE_ADDRESS]), control))).toBe(true);
    expect(fires(asked(system, (d) => void d.wire([]), control))).toBe(false);
    // Another probe asks on the wire alone, or not at all.
    const foreign = { ...asked(system, second, control).document(), software_name: 'ooniprobe-cli' };
    expect(judged(foreign).verdict.rules.map(({ id }) => id)).toContain(NAMED);
  });

  test('nobody’s who was overtaken by a forged reply', () => {
    const d = asked((draftOf) => draftOf.lookup([BLOCKPAGE_ADDRESS]));
    d.wire([BLOCKPAGE_ADDRESS], [IP]);
    d.doh([IP]);
    d.tcp(BLOCKPAGE_ADDRESS, 443);
    d.tls({ chain: chains.trusted('notice.example'), failure: 'ssl_invalid_hostname' });
    d.control(CONTROL_GETS_ALL);
    const { method } = verdictOf(d);
    expect(method).not.toBe(NAMED);
  });

  test('that the device was given another address beside it excuses nobody', () => {
    const d = draft(HTTPS_URL);
    d.lookup([OTHER_IP, BLOCKPAGE_ADDRESS]);
    d.wire([OTHER_IP, BLOCKPAGE_ADDRESS]);
    d.control(CONTROL_GETS_ALL);
    expect(fires(d)).toBe(true);
  });
});

test('a log-in that sends every name there is on this side', () => {
  const led = (mirror: readonly string[]): Draft => {
    const d = told([BLOCKPAGE_ADDRESS]);
    const own = () => void d.ask({ via: 'udp', says: mirror, name: MIRROR });
    d.pair(
      { ...AT_SITE('dns.name_at_resolver'), innocuous: MIRROR },
      own,
      () => void d.ask({ via: 'udp', says: [BLOCKPAGE_ADDRESS] }),
      own,
    );
    return d;
  };
  expect(fires(led([BLOCKPAGE_ADDRESS]))).toBe(false);
  expect(fires(led([OTHER_IP]))).toBe(true);
});

describe('what is on record', () => {
  function firesBy(row: string): boolean {
    const context = createJudgeContext({
      rootsPem: ROOTS_PEM,
      interceptionJson: [],
      blockpagesCsv: `id,where,match,pattern,scope,country,source,date_read,notes\n${row}\n`,
      resolversCsv: '',
      networksCsv: '',
      servers: KNOWN_SERVERS,
    });
    const result = judgeCase(told([BLOCKPAGE_ADDRESS]).document(), context);
    if ('problems' in result) throw new Error('not judged');
    return result.verdict.rules.some(({ id }) => id === NAMED);
  }
  test.each<[string, string, boolean]>([
    ['of one operator', `a,address,equals,${BLOCKPAGE_ADDRESS},isp,ZZ,x,2026-11-22,`, true],
    ['of the whole country', `a,address,equals,${BLOCKPAGE_ADDRESS},nat,ZZ,x,2026-11-22,`, true],
    // A school’s or a company’s filter, and a product’s, are nobody’s censorship.
    ['of one organisation', `a,address,equals,${BLOCKPAGE_ADDRESS},inst,ZZ,x,2026-11-22,`, false],
    ['of a product', `a,address,equals,${BLOCKPAGE_ADDRESS},prod,ZZ,x,2026-11-22,`, false],
    ['as words on a page', `a,body,contains,${BLOCKPAGE_ADDRESS},isp,ZZ,x,2026-11-22,`, false],
    ['elsewhere', `a,address,equals,${OTHER_IP},isp,ZZ,x,2026-11-22,`, false],
  ])('%s', (_, row, wanted) => {
    expect(firesBy(row)).toBe(wanted);
  });
});
