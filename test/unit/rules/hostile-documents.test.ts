/** Documents made to mislead: by whoever signs them, or by the site that was measured. */
import { describe, expect, it } from 'vitest';
import {
  createJudgeContext,
  judgeCase,
  judgeMeasurement,
  type JudgeContext,
} from '../../../shared/judge/index.ts';
import type { CounterfactualRecord, Verdict } from '../../../shared/model/index.ts';
import { draft, type GoldenDocument } from '../../golden/build.ts';
import { chains, INTERCEPTION_JSON, ROOTS_PEM, type Chain } from '../../golden/chains.ts';
import { GOLDEN_CONTEXT, KNOWN_SERVERS } from '../../golden/context.ts';
import { sha256Hex } from '../../../shared/codec/digest.ts';
import { makeAuthority, makeLeaf } from '../codec/helpers/certificate-maker.ts';
import { AT_MIRROR, HOST, HTTPS_URL, IP, MIRROR, MIRROR_CHAIN, names, tlsStep } from '../../golden/scenes.ts';

function judged(document: unknown, context: JudgeContext = GOLDEN_CONTEXT): Verdict {
  const result = judgeCase(document, context);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.verdict;
}

/** A name that dies at the site and at the reflector, where another passes before and after. */
function honestPair(): GoldenDocument {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ failure: 'connection_reset' });
  const innocuous = tlsStep(d, 'reflector', { sni: MIRROR, chain: MIRROR_CHAIN });
  d.pair(
    AT_MIRROR('tls.sni_at_reflector'),
    innocuous,
    tlsStep(d, 'reflector', { sni: HOST, failure: 'connection_reset' }),
    innocuous,
  );
  return d.document();
}

function withPair(change: (pair: CounterfactualRecord) => Partial<CounterfactualRecord>): GoldenDocument {
  const document = honestPair();
  const { test_keys: keys } = document;
  const pairs = keys.x_counterfactuals.map((p) => ({ ...p, ...change(p) }));
  return { ...document, test_keys: { ...keys, x_counterfactuals: pairs } };
}

describe('a pair that is not what it says', () => {
  it('counts as made when it is honest', () => {
    expect(judged(honestPair())).toMatchObject({ outcome: 'interfered', evidence: 'confirmed' });
  });

  it.each([
    ['steps in another order', (p: CounterfactualRecord) => ({ steps: [...p.steps].reverse() })],
    ['one operation three times', (p: CounterfactualRecord) => ({ steps: p.steps.map(() => p.steps[1]!) })],
    ['too far away', () => ({ distance_s: 601 })],
    ['at the site, by its own word', () => ({ where: 'same_address' as const })],
    ['at a reflector that is not noted', () => ({ reflector: 'other.example' })],
  ])('%s: accuses nobody', (_what, change) => {
    expect(judged(withPair(change)).outcome).toBe('insufficient');
  });

  it('one step elsewhere than the others: accuses nobody', () => {
    const document = honestPair();
    const { test_keys: keys } = document;
    const [last] = keys.x_counterfactuals[0]!.steps.slice(-1);
    const moved = keys.tls_handshakes.map((h) =>
      h.transaction_id === last ? { ...h, address: '11.0.0.77:443' } : h,
    );
    expect(judged({ ...document, test_keys: { ...keys, tls_handshakes: moved } }).outcome).toBe(
      'insufficient',
    );
  });

  it('at other addresses than the noted ones: accuses nobody', () => {
    const document = honestPair();
    const { test_keys: keys } = document;
    const reflectors = keys.x_reflectors.map((r) => ({ ...r, addresses: ['11.0.0.78'] }));
    expect(judged({ ...document, test_keys: { ...keys, x_reflectors: reflectors } }).outcome).toBe(
      'insufficient',
    );
  });
});

describe('a reflector of the liar’s own', () => {
  it('proves nothing: it is not one that judging knows', () => {
    const known = judged(honestPair());
    const elsewhere = judged(honestPair(), { ...GOLDEN_CONTEXT, reflectors: [] });
    expect([known.outcome, known.evidence]).toEqual(['interfered', 'confirmed']);
    expect(elsewhere.outcome).not.toBe('interfered');
  });
});

describe('a site that appends a known interception root to its chain', () => {
  const root = makeAuthority('Recorded Root');
  const context = createJudgeContext({
    rootsPem: ROOTS_PEM,
    interceptionJson: [
      INTERCEPTION_JSON,
      JSON.stringify({ version: 1, roots: [{ id: 'recorded', name: {}, sha256: sha256Hex(root.der) }] }),
    ],
    blockpagesCsv: '',
    resolversCsv: '',
    networksCsv: '',
    servers: KNOWN_SERVERS,
  });
  const verdictOn = (chain: Chain, failure?: string): Verdict => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 443);
    d.tls({ chain, ...(failure === undefined ? {} : { failure }) });
    return judged(d.document(), context);
  };

  it('accuses nobody, whether its own chain is trusted or not', () => {
    expect(verdictOn([...chains.trusted(HOST), root.der]).authority).toBeNull();
    expect(verdictOn([...chains.selfSigned(HOST), root.der], 'ssl_unknown_authority').authority).toBeNull();
  });

  it('is told apart from a chain that the root did sign', () => {
    expect(verdictOn([makeLeaf(root, [HOST]), root.der], 'ssl_unknown_authority')).toMatchObject({
      outcome: 'interfered',
      authority: 'recorded',
    });
  });
});

describe('a document made to cost time', () => {
  it('with a thousand redirect depths is judged at once', () => {
    const document = honestPair();
    const { test_keys: keys } = document;
    const at = <T extends object>(record: T) =>
      Array.from({ length: 1024 }, (_, depth) => ({ ...record, tags: [`depth=${depth}`] }));
    const many = { ...keys, tcp_connect: at(keys.tcp_connect[0]!), queries: at(keys.queries[0]!) };
    const begun = performance.now();
    judged({ ...document, test_keys: many });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it.each([
    ['queries', 1_025, (i: number) => ({ hostname: HOST, engine: 'udp', transaction_id: i + 1 })],
    ['tcp_connect', 1_025, (i: number) => ({ ip: IP, port: 443, status: {}, transaction_id: i + 1 })],
    ['queries', 2, () => ({ hostname: HOST, engine: 'udp', answers: Array(2_049).fill({ ipv4: IP }) })],
    [
      'tls_handshakes',
      257,
      (i: number) => ({ address: `${IP}:443`, peer_certificates: [{ data: String(i) }] }),
    ],
  ])('with too much of %s is not judged at all, and is told why', (list, length, record) => {
    const document = honestPair();
    const keys = { ...document.test_keys, [list]: Array.from({ length }, (_, i) => record(i)) };
    const result = judgeMeasurement({ ...document, test_keys: keys }, GOLDEN_CONTEXT);
    expect('problems' in result && result.problems.map((p) => p.path)).toEqual([`/test_keys/${list}`]);
  });

  it('with as much as is judged, each record compared with each, takes no long time', () => {
    const document = honestPair();
    const { test_keys: keys } = document;
    const [query, handshake, connect] = [keys.queries[1]!, keys.tls_handshakes[0]!, keys.tcp_connect[0]!];
    const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
    const address = (i: number): string => `11.1.${i >> 8}.${i & 255}`;
    const answers = (n: number) => many(n, (i) => ({ answer_type: 'A' as const, ipv4: address(i) }));
    const failed = { failure: 'generic_timeout_error', success: false };
    const crowded = {
      ...keys,
      queries: many(1_024, () => ({ ...query, answers: answers(2) })),
      x_dns_duplicate_responses: many(2_048, () => ({ ...query, answers: answers(1) })),
      tcp_connect: many(1_024, (i) => ({ ...connect, ip: address(i), status: failed })),
      tls_handshakes: many(1_024, (i) => ({ ...handshake, address: `${address(i)}:443` })),
    };
    const begun = performance.now();
    judged({ ...document, test_keys: crowded });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('with many chains of one name is not checked to the end', () => {
    const own = makeAuthority('Same Name');
    const rivals = Array.from({ length: 14 }, () => makeAuthority('Same Name').der);
    const d = draft(HTTPS_URL);
    for (let i = 0; i < 60; i++) {
      d.tcp(`11.0.1.${i}`, 443);
      d.tls({ chain: [makeLeaf(own, [HOST]), ...rivals], failure: 'ssl_unknown_authority' });
    }
    const result = judgeMeasurement(d.document(), GOLDEN_CONTEXT);
    if ('problems' in result) throw new Error('not judged');
    const tls = result.observations.filter((o) => o.kind === 'tls');
    const givenUp = tls.filter((o) => /than there is time/.test(o.appraisal?.unreadable.join() ?? ''));
    expect(givenUp.length).toBeGreaterThan(0);
    expect(givenUp.every((o) => o.appraisal?.trusted === false)).toBe(true);
  });

  it.each(['-1', '0.5', '1e9', 'x', 'NaN'])('a depth that is none (%s) is no hop', (depth) => {
    const document = honestPair();
    const { test_keys: keys } = document;
    const tcp = keys.tcp_connect.map((r, i) => (i === 0 ? { ...r, tags: [`depth=${depth}`] } : r));
    expect(judged({ ...document, test_keys: { ...keys, tcp_connect: tcp } }).outcome).toBe('interfered');
  });
});
