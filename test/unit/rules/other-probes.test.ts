/** Documents of other probes: no pairs, no chains at the control, hops without requests. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft, type GoldenDocument } from '../../golden/build.ts';
import { GOLDEN_CASES } from '../../golden/corpus.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, FRONT_PAGE, HOST, HTTP_URL, HTTPS_URL, IP, names } from '../../golden/scenes.ts';
import { RULES } from '../../../shared/rules/index.ts';

const foreign = (document: GoldenDocument): GoldenDocument => ({
  ...document,
  software_name: 'ooniprobe-cli',
});
const ALONE = new Set(RULES.filter((rule) => rule.standsAlone === true).map((rule) => rule.id));
const accusing = GOLDEN_CASES.filter(({ fires }) => fires.finding.outcome === 'interfered');

describe.each(accusing)('what $rule proves with our own probe', ({ rule, fires }) => {
  const theirs = judged(foreign(fires.document)).verdict.rules.filter(({ id }) => id === rule);
  test(ALONE.has(rule) ? 'it proves with any' : 'is no more than a suspicion with another', () => {
    const { verdict } = judged(foreign(fires.document));
    for (const fired of verdict.rules.filter(({ id }) => id === rule))
      expect(fired).toMatchObject(
        ALONE.has(rule)
          ? { outcome: 'interfered', evidence: fires.finding.evidence }
          : { outcome: 'suspected', evidence: 'weak' },
      );
    if (ALONE.has(rule)) expect(theirs.length).toBeGreaterThan(0);
  });
});

describe('a hop of which no request was made', () => {
  function redirected(location: string | null, more: (d: Draft) => void): readonly string[] {
    const d = draft(HTTP_URL);
    names(d);
    d.tcp(IP, 80);
    d.http(HTTP_URL, { status: 302, headers: location === null ? [] : [['Location', location]] });
    d.redirected('second.example');
    more(d);
    d.control(CONTROL_GETS_ALL);
    return judged(d.document()).case.hops.map((hop) => hop.url.href);
  }
  const dead = (port: number) => (d: Draft) => {
    d.lookup([IP]);
    d.tcp(IP, port, 'connection_refused');
  };

  test('is at the place that the answer before it named', () => {
    expect(redirected('https://second.example/p?q', dead(443))).toEqual([
      HTTP_URL,
      'https://second.example/p?q',
    ]);
    expect(redirected('/p', dead(80))).toEqual([HTTP_URL, `http://${HOST}/p`]);
  });
  test.each<[string, (d: Draft) => void, string]>([
    ['port 443', dead(443), 'https://second.example/'],
    ['port 80', dead(80), 'http://second.example/'],
    ['both ports', (d) => [80, 443].forEach((port) => void d.tcp(IP, port, 'connection_refused')), ''],
    [
      'both ports and a name',
      (d) => {
        d.lookup([IP]);
        [443, 80].forEach((port) => void d.tcp(IP, port, 'connection_refused'));
      },
      'http://second.example/',
    ],
    [
      'a handshake alone',
      (d) => {
        d.tcp(IP, 443);
        d.tls({ failure: 'connection_reset' });
      },
      'https://second.example/',
    ],
    ['a name alone', (d) => void d.lookup('dns_nxdomain_error'), 'http://second.example/'],
  ])('is guessed from %s where no place was named', (_, more, url) => {
    expect(redirected(null, more)).toEqual(url === '' ? [HTTP_URL] : [HTTP_URL, url]);
  });
  test('keeps what was tried at its own port', () => {
    const d = draft(HTTPS_URL);
    names(d);
    d.tcp(IP, 80);
    d.tcp(IP, 443, 'connection_refused');
    const [hop] = judged(d.document()).case.hops;
    expect(hop?.tcp.map((o) => o.port)).toEqual([443]);
  });
});

describe('redirects', () => {
  test('deeper than anybody follows are no hops', () => {
    const d = draft(HTTP_URL);
    const depths = [0, 31, 32, 33].map((depth) => ({ depth, query: d.lookup([IP]) }));
    const made = d.document();
    const queries = made.test_keys.queries.map((query, i) => ({
      ...query,
      tags: [`depth=${depths[i]!.depth}`],
    }));
    const { case: c } = judged({ ...made, test_keys: { ...made.test_keys, queries } });
    expect(c.hops.map((hop) => hop.depth)).toEqual([0, 31, 32]);
  });
});

describe('a control of another helper', () => {
  const unhashed = (body: string): GoldenDocument => {
    const d = draft(HTTP_URL);
    names(d);
    d.tcp(IP, 80);
    d.http(HTTP_URL, { ...FRONT_PAGE, body });
    d.control(CONTROL_GETS_ALL);
    return foreign(d.document());
  };
  test('that got this page makes it the site’s', () => {
    expect(judged(unhashed(FRONT_PAGE.body!)).verdict.outcome).toBe('accessible');
  });
  test('that got another leaves a suspicion', () => {
    expect(judged(unhashed('<title>Notice</title>')).verdict).toMatchObject({
      outcome: 'suspected',
      method: 'http.blockpage',
    });
  });
});
