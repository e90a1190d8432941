/** What holds for every document, checked on the golden ones and on what chance makes of them. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Verdict } from '../../shared/model/index.ts';
import { RULES } from '../../shared/rules/index.ts';
import { type GoldenDocument, STARTED_AT } from './build.ts';
import { signControl } from './control.ts';
import { GOLDEN_DOCUMENTS } from './corpus.ts';
import { CROWDED_DOCUMENTS } from './crowded.ts';
import { controlOf, judged, withKeys, withoutControl, withoutPlaces } from './judged.ts';

const RUNS = { numRuns: 60 } as const;
const STANDS_ALONE: ReadonlySet<string> = new Set(
  RULES.filter((rule) => rule.standsAlone === true).map((rule) => rule.id),
);

const DOCUMENTS = [...GOLDEN_DOCUMENTS.map(({ document }) => document), ...CROWDED_DOCUMENTS];
const ORIGINAL = new Map(DOCUMENTS.map((document) => [document, judged(document).verdict]));
const anyDocument = fc.constantFrom(...DOCUMENTS);

const shuffled = <T>(list: readonly T[]) =>
  fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
const shuffledKeys = <T extends object>(map: T) =>
  shuffled(Object.entries(map)).map((entries): T => Object.fromEntries(entries) as T);

/** The same facts in another order, everywhere. */
function shuffledDocument(document: GoldenDocument): fc.Arbitrary<GoldenDocument> {
  const keys = document.test_keys;
  return fc
    .record({
      queries: shuffled(keys.queries),
      x_dns_duplicate_responses: shuffled(keys.x_dns_duplicate_responses),
      tcp_connect: shuffled(keys.tcp_connect),
      tls_handshakes: shuffled(keys.tls_handshakes),
      requests: shuffled(keys.requests),
      x_counterfactuals: shuffled(keys.x_counterfactuals),
      x_reflectors: shuffled(keys.x_reflectors),
      control: shuffledKeys(keys.control),
    })
    .map((order) => withKeys(document, order));
}

/** The rule that decided stands first. */
const winner = (verdict: Verdict): string | undefined =>
  verdict.rules.find((r) => r.outcome === verdict.outcome && r.evidence === verdict.evidence)?.id;

function expectNoLoneAccusation(verdict: Verdict): void {
  const accusers = verdict.rules.filter((rule) => rule.outcome === 'interfered').map((rule) => rule.id);
  expect(accusers.filter((id) => !STANDS_ALONE.has(id))).toEqual([]);
}

describe('the verdict', () => {
  test('does not depend on the order of anything', () => {
    fc.assert(
      fc.property(
        anyDocument.chain((document) => shuffledDocument(document).map((other) => ({ document, other }))),
        ({ document, other }) => {
          expect(withoutPlaces(judged(other).verdict)).toEqual(withoutPlaces(ORIGINAL.get(document)!));
        },
      ),
      RUNS,
    );
  });

  test('does not depend on which of several witnesses stands first', () => {
    for (const document of CROWDED_DOCUMENTS)
      fc.assert(
        fc.property(shuffledDocument(document), (other) => {
          expect(withoutPlaces(judged(other).verdict)).toEqual(withoutPlaces(ORIGINAL.get(document)!));
        }),
        { numRuns: 40 },
      );
  });

  test('is `insufficient` where nothing was observed, whatever else the document says', () => {
    const nothing = {
      queries: [],
      x_dns_duplicate_responses: [],
      tcp_connect: [],
      tls_handshakes: [],
      requests: [],
    };
    fc.assert(
      fc.property(anyDocument, fc.boolean(), (document, keepControl) => {
        const empty = withKeys(keepControl ? document : withoutControl(document), nothing);
        const { verdict } = judged(empty);
        expect(verdict).toMatchObject({ outcome: 'insufficient', method: null, cause: null, rules: [] });
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['http', 'https'] }), (input) => {
        const bare = {
          test_name: 'web_connectivity',
          input,
          measurement_start_time: STARTED_AT,
          test_keys: {},
        };
        expect(judged(bare).verdict.outcome).toBe('insufficient');
      }),
    );
  });

  test('gives back equal bytes for equal documents', () => {
    for (const [document, verdict] of ORIGINAL)
      expect(JSON.stringify(judged(structuredClone(document)).verdict)).toBe(JSON.stringify(verdict));
  });
});

describe('in another time zone', () => {
  const home = process.env['TZ'];
  afterEach(() => {
    if (home === undefined) delete process.env['TZ'];
    else process.env['TZ'] = home;
  });

  test.each([
    ['Asia/Almaty', -300],
    ['Pacific/Kiritimati', -840],
    ['America/St_Johns', 210],
    ['UTC', 0],
  ])('%s the verdict is the same', (zone, minutes) => {
    process.env['TZ'] = zone;
    expect(new Date(`${STARTED_AT.replace(' ', 'T')}Z`).getTimezoneOffset()).toBe(minutes);
    for (const [document, verdict] of ORIGINAL) expect(judged(document).verdict).toEqual(verdict);
  });
});

describe('an accusation', () => {
  test('never comes from taking the control away, but for what stands alone', () => {
    const accused = GOLDEN_DOCUMENTS.filter(
      ({ document }) =>
        ORIGINAL.get(document)!.outcome !== 'interfered' &&
        judged(withoutControl(document)).verdict.outcome === 'interfered',
    );
    // Only the control can tell that a known authority or page on record is the origin's own choice.
    expect(accused.map(({ name }) => name.split(':')[0])).toEqual([
      'http.blockpage_fingerprint, look-alike',
      'tls.signed_by_recorded_key, look-alike',
    ]);
    for (const { document } of accused) {
      const { verdict } = judged(withoutControl(document));
      expect(STANDS_ALONE).toContain(winner(verdict));
      expectNoLoneAccusation(verdict);
    }
  });

  test('never comes from a control that looked at less, but for what stands alone', () => {
    const withControl = GOLDEN_DOCUMENTS.map(({ document }) => document).filter(
      (document) =>
        ORIGINAL.get(document)!.outcome !== 'interfered' &&
        Object.keys(document.test_keys.control).length > 0,
    );
    const part = <T>(map: Readonly<Record<string, T>>) =>
      fc.subarray(Object.entries(map)).map((entries): Record<string, T> => Object.fromEntries(entries));
    const weaker = fc.constantFrom(...withControl).chain((document) => {
      const control = controlOf(document)!;
      return fc
        .record({
          tcp_connect: part(control.tcp_connect),
          tls_handshake: part(control.tls_handshake ?? {}),
          dns: fc.constantFrom(control.dns, { failure: 'generic_timeout_error', addrs: [] }),
        })
        .map((less) => {
          const reply = { ...control, ...less };
          return withKeys(document, { control: reply, x_control_signed: signControl(reply) });
        });
    });
    fc.assert(
      fc.property(weaker, (document) => {
        const { verdict } = judged(document);
        if (verdict.outcome === 'interfered') expectNoLoneAccusation(verdict);
      }),
      RUNS,
    );
  });

  test('of another probe’s document rests on a rule that stands alone', () => {
    const foreign = fc.record({
      document: anyDocument.chain(shuffledDocument),
      software: fc.constantFrom('ooniprobe-cli', 'miniooni', 'KUAGER', 'kuager ', ''),
    });
    fc.assert(
      fc.property(foreign, ({ document, software }) => {
        expectNoLoneAccusation(judged({ ...document, software_name: software }).verdict);
      }),
      RUNS,
    );
  });

  test('of another probe’s document is still possible, and weaker than ours', () => {
    const outcomes = GOLDEN_DOCUMENTS.map(({ name, document }) => ({
      name,
      ours: ORIGINAL.get(document)!.outcome,
      theirs: judged({ ...document, software_name: 'ooniprobe-cli' }).verdict,
    })).filter(({ ours }) => ours === 'interfered');
    const kept = outcomes.filter(({ theirs }) => theirs.outcome === 'interfered');
    expect(new Set(kept.map(({ theirs }) => winner(theirs)))).toEqual(STANDS_ALONE);
    const lost = outcomes.filter(({ theirs }) => theirs.outcome !== 'interfered');
    expect(lost.length).toBeGreaterThan(0);
    // The page came, and only a pair shows through whom or how slowly.
    const reached = lost.filter(({ theirs }) => theirs.outcome === 'accessible');
    expect(reached.map(({ name }) => name.split(':')[0])).toEqual([
      'dns.reflector_at_address',
      'throughput.freeze',
      'throughput.handshake_slow',
      'throughput.sni_throttling',
    ]);
    for (const { theirs } of lost)
      if (theirs.outcome !== 'accessible')
        expect(theirs).toMatchObject({ outcome: 'suspected', evidence: 'weak' });
  });
});
