import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asnOf, readNetworks } from '../../../shared/rules/networks.ts';
import { readResolvers } from '../../../shared/rules/public-resolvers.ts';
import { resolverRole } from '../../../shared/rules/resolvers.ts';
import { draft, type NetworkSays } from '../../golden/build.ts';
import { explain, contextFromFiles } from '../../../shared/judge/index.ts';
import { LANGUAGES, message } from '../../../shared/i18n/index.ts';
import { ASN, FAMILY_RESOLVER, GOLDEN_CONTEXT, KNOWN_SERVERS, PLAIN_RESOLVER } from '../../golden/context.ts';
import { GOLDEN_CASES } from '../../golden/corpus.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, HOST, HTTPS_URL, IP } from '../../golden/scenes.ts';

const NO = 'dns_nxdomain_error';
const repository = new URL('../../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, repository), 'utf8');

/** The resolver denies the name that control and second opinion both know. */
function denial(network: NetworkSays, because?: number) {
  const d = draft(HTTPS_URL);
  d.network(network);
  d.lookup(NO);
  d.ask({ via: 'udp', says: NO, ...(because === undefined ? {} : { because }) });
  d.doh([IP]);
  d.control(CONTROL_GETS_ALL);
  return judged(d.document());
}

describe('whose resolver it is', () => {
  const UNLISTED = 64999;
  const own = { asn: ASN.own } as const;
  test.each<[string, NetworkSays, number | undefined, string, string]>([
    ['nobody knows', own, undefined, 'unknown', 'interfered'],
    ['the network’s own number', { ...own, resolverAsn: ASN.own }, undefined, 'network', 'interfered'],
    ['another number of the owner', { ...own, resolverAsn: ASN.ownToo }, undefined, 'network', 'interfered'],
    ['another operator’s', { ...own, resolverAsn: ASN.other }, undefined, 'foreign', 'suspected'],
    ['one on no list', { ...own, resolverAsn: UNLISTED }, undefined, 'filter', 'local'],
    ['one where machines are hosted', { ...own, resolverAsn: ASN.hosting }, undefined, 'filter', 'local'],
    ['for families, by its address', { resolverAddress: FAMILY_RESOLVER }, undefined, 'filter', 'local'],
    ['for families, by its number', { ...own, resolverAsn: ASN.resolver }, undefined, 'filter', 'local'],
    [
      'without filters, by its address',
      { resolverAddress: PLAIN_RESOLVER },
      undefined,
      'foreign',
      'suspected',
    ],
    ['without filters, by its number', { ...own, resolverAsn: ASN.plain }, undefined, 'foreign', 'suspected'],
    [
      'for families by its address, but the network answers',
      { ...own, resolverAsn: ASN.own, resolverAddress: FAMILY_RESOLVER },
      undefined,
      'network',
      'interfered',
    ],
    ['another operator’s: "Filtered"', { ...own, resolverAsn: ASN.other }, 17, 'filter', 'local'],
    ['another operator’s: "Blocked"', { ...own, resolverAsn: ASN.other }, 15, 'filter', 'local'],
    ['another operator’s: "Prohibited"', { ...own, resolverAsn: ASN.other }, 18, 'filter', 'local'],
    ['one on no list: "Censored"', { ...own, resolverAsn: UNLISTED }, 16, 'foreign', 'suspected'],
    ['nobody knows: "Filtered"', own, 17, 'foreign', 'suspected'],
    ['nobody knows: "Censored"', own, 16, 'unknown', 'interfered'],
    [
      'behind the network’s own, or its: "Filtered"',
      { ...own, resolverAsn: ASN.own },
      17,
      'foreign',
      'suspected',
    ],
    ['the same owner’s: "Blocked"', { ...own, resolverAsn: ASN.ownToo }, 15, 'foreign', 'suspected'],
    ['the network’s own: "Censored"', { ...own, resolverAsn: ASN.own }, 16, 'network', 'interfered'],
    [
      'the reflector’s word on the network comes first',
      { asn: ASN.other, stated: { cc: 'KZ', asn: ASN.own }, resolverAsn: ASN.ownToo },
      undefined,
      'network',
      'interfered',
    ],
  ])('%s', (_who, network, because, role, outcome) => {
    const { verdict, case: c } = denial(network, because);
    expect(resolverRole(c, c.hops[0]!)).toBe(role);
    expect(verdict.outcome).toBe(outcome);
    if (outcome === 'local') expect(verdict.cause).toBe('resolver_filter');
  });

  test('two replies to one question are the path’s doing, whosever the resolver is', () => {
    fc.assert(
      fc.property(
        fc.record({
          asn: fc.constantFrom(...Object.values(ASN)),
          resolverAsn: fc.constantFrom(0, ...Object.values(ASN).filter((n) => n !== ASN.hosting)),
          resolverAddress: fc.constantFrom('', FAMILY_RESOLVER, PLAIN_RESOLVER),
        }),
        (network) => {
          fc.pre(network.asn !== ASN.hosting);
          const d = draft(HTTPS_URL);
          d.network(network);
          d.lookup([IP]);
          d.wire(['10.66.0.2'], [IP]);
          d.doh([IP]);
          d.control(CONTROL_GETS_ALL);
          expect(judged(d.document()).verdict).toMatchObject({
            outcome: 'interfered',
            method: 'dns.injection',
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('networks.csv', () => {
  const networks = readNetworks(read('testlists/networks.csv'));
  const at = Date.parse;

  test('knows an owner by the day', () => {
    expect(networks.ownerOf(29355, at('2018-12-20T23:59:59Z'))).toBe('Fintur');
    expect(networks.ownerOf(29355, at('2018-12-21T00:00:00Z'))).toBe('Kazakhtelecom');
    expect(networks.ownerOf(29555, at('2015-01-01T00:00:00Z'))).toBeNull();
    expect(networks.ownerOf(1, at('2026-01-01T00:00:00Z'))).toBeNull();
  });

  test('knows what line it is', () => {
    const now = at('2026-11-22T00:00:00Z');
    expect([9198, 29355, 9009, 21299, 48502, 1].map((asn) => networks.accessOf(asn, now))).toEqual([
      'fixed', 'mobile', 'hosting', 'unknown', 'unknown', 'unknown',
    ]); // prettier-ignore
    expect([9198, 21299, 9009, 48502, 1].map((asn) => networks.isOperator(asn, now))).toEqual([
      true, true, false, false, false,
    ]); // prettier-ignore
  });

  test.each([
    '',
    'asn\n9198\n',
    'nothing here',
    'asn,owner,access,from,to,source\nx,y,fixed,,,\n0,y,fixed,,,\n',
  ])('reads %j as nobody’s', (text) => {
    expect(readNetworks(text).ownerOf(9198, 0)).toBeNull();
    expect(readNetworks(text).accessOf(9198, 0)).toBe('unknown');
  });

  test('numbers are written as they should be', () => {
    expect(['AS9198', 'AS0', '9198', 'AS', 'AS12345678901', ''].map(asnOf)).toEqual([
      9198, null, null, null, null, null,
    ]); // prettier-ignore
  });
});

test('resolvers.csv is read whole', () => {
  const text = read('testlists/resolvers.csv');
  expect(readResolvers(text)).toHaveLength(text.trim().split('\n').length - 1);
  expect(readResolvers('')).toEqual([]);
});

test('a snapshot from before resolvers were listed is read all the same', () => {
  const files = GOLDEN_CONTEXT.snapshotFiles.map((file) => {
    if (file.kind !== 'fingerprints') return file;
    const { resolvers: _, ...before } = JSON.parse(file.text) as Record<string, unknown>;
    return { ...file, text: JSON.stringify(before) };
  });
  const context = contextFromFiles(files, KNOWN_SERVERS);
  expect(context.fingerprints.resolvers).toEqual([]);
  expect(context.fingerprints.authorities).toEqual(GOLDEN_CONTEXT.fingerprints.authorities);
});

test('every verdict on a name or a line is one plain sentence in each language', () => {
  const ids = GOLDEN_CASES.filter(({ rule }) => /^(local|dns)\.|^origin\.(moved|parent)/.test(rule));
  for (const { fires } of ids)
    for (const language of LANGUAGES) {
      const sentence = explain(judged(fires.document).verdict, language);
      expect(sentence).toMatch(/\.$/);
      expect(sentence).not.toMatch(/[{}]/);
      expect(sentence).not.toBe(message(language, 'rule.none', { host: HOST }));
    }
});
