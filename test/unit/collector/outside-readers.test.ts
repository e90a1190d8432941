/** Answers of IODA, Cloudflare Radar and OONI → signals; and everything that only looks like one. */
import { describe, expect, it } from 'vitest';
import { readOutsideFile, readSources } from '../../../collector/outside/read-file.ts';

const read = (json: unknown, url: string | null = null) => readOutsideFile(JSON.stringify(json), url);
const T0 = Date.UTC(2026, 0, 18, 13);
const S0 = T0 / 1000;
const HOUR_S = 3600;
const KZ = { type: 'country', code: 'KZ', name: 'Kazakhstan', attrs: {} };

const alert = (at: number, level: string, more: object = {}) => ({
  datasource: 'bgp',
  entity: KZ,
  time: at,
  level,
  condition: '< 0.5',
  value: level === 'normal' ? 1000 : 100,
  historyValue: 1000,
  method: 'median',
  ...more,
});

describe('alerts of IODA', () => {
  it('are stretches from one level to the next, the critical ones apart', () => {
    const data = [
      alert(S0 + 3 * HOUR_S, 'normal'),
      alert(S0, 'warning', { value: 900 }),
      alert(S0 + HOUR_S, 'critical', { value: 400 }),
      alert(S0 + 2 * HOUR_S, 'critical', { value: 50 }),
    ];
    const { signals, problem } = read({ type: 'outages.alerts', data, error: null });
    expect(problem).toBeNull();
    expect(signals.map(({ from, to, value, note, weight }) => [from, to, value, note, weight])).toEqual([
      [T0 + 3_600_000, T0 + 3 * 3_600_000, 0.05, 'critical', 'strong'],
      [T0, T0 + 3_600_000, 0.9, 'warning', 'none'],
    ]);
    expect(signals[0]).toMatchObject({
      source: 'IODA (bgp)',
      kind: 'alert',
      cc: 'KZ',
      asn: null,
      region: null,
    });
    expect(signals[0]?.url).toMatch(/^https:\/\/ioda\.[^/]+\/country\/KZ\?from=\d+&until=\d+$/);
  });

  it('are nothing when all is normal, and are weak where nights look like outages', () => {
    expect(read({ data: [alert(S0, 'normal')] })).toEqual({ signals: [], problem: null });
    const traffic = read({ data: [alert(S0, 'critical', { datasource: 'gtr' })] });
    expect(traffic.signals).toMatchObject([{ source: 'IODA (gtr)', weight: 'weak', to: null }]);
  });

  it('keep networks, sources and places apart', () => {
    const data = [
      alert(S0, 'critical', { entity: { type: 'asn', code: '9198', name: 'AS9198' } }),
      alert(S0 + HOUR_S, 'normal', { entity: { type: 'asn', code: '29555', name: 'AS29555' } }),
      alert(S0 + HOUR_S, 'normal', { datasource: 'ping-slash24' }),
      alert(S0, 'critical', {
        entity: { type: 'region', code: '1234', name: 'Mangghystau', attrs: { country_code: 'KZ' } },
      }),
      alert(S0, 'critical', {
        entity: { type: 'region', code: '1235', name: 'Almaty', attrs: { fqid: 'geo.netacuity.AS.KZ.1235' } },
      }),
      alert(S0, 'critical', { entity: { type: 'continent', code: 'AS', name: 'Asia' } }),
    ];
    const { signals } = read({ data });
    expect(signals.map(({ cc, asn, region, to }) => [cc, asn, region, to])).toEqual([
      [null, 9198, null, null],
      ['KZ', null, 'KZ-47', null],
      // The city, or the region around it: nobody knows.
      ['KZ', null, 'Almaty', null],
    ]);
  });
});

describe('events of IODA', () => {
  it('are read in both forms', () => {
    const { signals } = read({
      data: [
        { location: 'country/KZ', start: S0, duration: HOUR_S, score: 1234.4, datasource: 'bgp', status: 0 },
        {
          entity: { type: 'asn', code: '9198' },
          from: S0,
          until: S0 + 60,
          score: 7,
          datasource: 'ping-slash24',
        },
      ],
    });
    expect(signals).toMatchObject([
      { kind: 'event', cc: 'KZ', asn: null, from: T0, to: T0 + 3_600_000, value: 1234.4, weight: 'weak' },
      { kind: 'event', cc: null, asn: 9198, from: T0, to: T0 + 60_000, value: 7, weight: 'weak' },
    ]);
  });
});

describe('series of IODA', () => {
  const STEP = 600;
  const series = (values: readonly (number | null)[], datasource = 'bgp') =>
    read({
      data: [
        [
          {
            entityType: 'country',
            entityCode: 'KZ',
            datasource,
            from: S0,
            step: STEP,
            nativeStep: STEP,
            values,
          },
        ],
      ],
    }).signals;
  const days = (n: number, value = 1000): number[] => new Array<number>(n * 144).fill(value);

  it('have an outage where they stay below half of the week before', () => {
    const [signal, ...more] = series([...days(3), 480, 10, null, 490, 20, 1000]);
    expect(more).toEqual([
      expect.objectContaining({ from: T0 + 3 * 86_400_000, to: T0 + 3 * 86_400_000 + 1_200_000 }),
    ]);
    expect(signal).toMatchObject({ kind: 'signal', value: 0.02, weight: 'strong' });
  });

  it('have none in nights of traffic, single looks that failed, gaps, a slow decline, or without a day before', () => {
    const nights = Array.from({ length: 10 * 144 }, (_, i) => (i % 144 < 36 ? 100 : 1000));
    expect(series(nights, 'gtr')).toEqual([]);
    expect(series([...days(3), 0, 1000, 0, 1000])).toEqual([]);
    expect(series([...days(3), null, null, null, 1000])).toEqual([]);
    expect(series(Array.from({ length: 30 * 144 }, (_, i) => 1000 - i / 10))).toEqual([]);
    expect(series([1000, 1000, 0, 0, 0, 0])).toEqual([]);
    expect(series([...days(2, 0), 0, 0, 0])).toEqual([]);
  });

  it('that end below have no end', () => {
    expect(series([...days(3), 0, 0, 0])).toMatchObject([{ to: null, value: 0 }]);
  });
});

describe('Cloudflare Radar', () => {
  const outage = (more: object = {}) => ({
    id: '1',
    dataSource: 'ALL',
    startDate: '2026-01-18T13:00:00Z',
    endDate: null,
    locations: ['KZ'],
    asns: [],
    eventType: 'OUTAGE',
    outage: { outageCause: 'GOVERNMENT_DIRECTED', outageType: 'NATIONWIDE' },
    linkedUrl: 'https://example.org/post',
    description: 'x',
    scope: null,
    ...more,
  });
  const annotations = (...rows: readonly object[]) =>
    read({ success: true, errors: [], result: { annotations: rows } });

  it('names outages of countries and networks', () => {
    const { signals } = annotations(
      outage(),
      outage({ asns: [9198, '29555'], outage: { outageCause: 'UNKNOWN', outageType: 'NETWORK' } }),
    );
    expect(signals.map(({ cc, asn, to, weight, url }) => [cc, asn, to, weight, url])).toEqual([
      ['KZ', null, null, 'strong', 'https://example.org/post'],
      ['KZ', 9198, null, 'weak', 'https://example.org/post'],
      ['KZ', 29555, null, 'weak', 'https://example.org/post'],
    ]);
    expect(signals[0]?.note).toBe('GOVERNMENT_DIRECTED, NATIONWIDE');
  });

  it('speaks against an order where it knows another cause, and of a part of the country as a part', () => {
    const weights = ['POWER_OUTAGE', 'CABLE_CUT', 'WEATHER', 'TECHNICAL_PROBLEM'].map(
      (outageCause) =>
        annotations(outage({ outage: { outageCause, outageType: 'NATIONWIDE' } })).signals[0]?.weight,
    );
    expect(weights).toEqual(['against', 'against', 'against', 'against']);
    const regional = { outageCause: 'GOVERNMENT_DIRECTED', outageType: 'REGIONAL' };
    const parts = annotations(
      outage({ outage: regional }),
      outage({ outage: regional, scope: 'Mangystau Region' }),
    );
    expect(parts.signals.map(({ region }) => region)).toEqual(['?', 'KZ-47']);
    // One network's outage, and nobody says which.
    const network = { outageCause: 'UNKNOWN', outageType: 'NETWORK' };
    expect(annotations(outage({ outage: network })).signals).toMatchObject([
      { cc: 'KZ', asn: null, weight: 'none' },
    ]);
  });

  it('counts anomalies of traffic that it has verified', () => {
    const anomaly = (status: string) => ({
      uuid: 'x',
      type: 'AS',
      status,
      startDate: '2026-01-18T13:00:00Z',
      endDate: '2026-01-18T15:00:00Z',
      asnDetails: { asn: '9198', name: 'X', locations: { code: 'KZ', name: 'Kazakhstan' } },
    });
    const { signals } = read({ result: { trafficAnomalies: [anomaly('VERIFIED'), anomaly('UNVERIFIED')] } });
    expect(signals).toMatchObject([
      { cc: 'KZ', asn: 9198, weight: 'weak', to: T0 + 7_200_000 },
      { cc: 'KZ', asn: 9198, weight: 'none' },
    ]);
  });

  it('links nothing but pages', () => {
    const [signal] = annotations(outage({ linkedUrl: 'javascript:alert(1)' })).signals;
    expect(signal?.url).toBe('https://radar.cloudflare.com/outage-center');
  });
});

describe('OONI', () => {
  const row = (more: object = {}) => ({
    anomaly_count: 9,
    confirmed_count: 1,
    failure_count: 3,
    measurement_count: 43,
    ok_count: 30,
    measurement_start_day: '2026-01-18',
    ...more,
  });

  it('names shares of anomalous measurements, and what its axes leave out comes from the address', () => {
    const url =
      'https://api.ooni.io/api/v1/aggregation?probe_cc=KZ&domain=blocked.example&axis_x=measurement_start_day&axis_y=probe_asn';
    const { signals, problem } = read(
      { dimension_count: 2, result: [row({ probe_asn: 'AS9198' })], v: 0 },
      url,
    );
    expect(problem).toBeNull();
    expect(signals).toEqual([
      {
        source: 'OONI',
        kind: 'aggregation',
        cc: 'KZ',
        asn: 9198,
        region: null,
        domain: 'blocked.example',
        from: Date.UTC(2026, 0, 18),
        to: Date.UTC(2026, 0, 19),
        value: 0.25,
        note: '10/40',
        url,
        weight: 'none',
      },
    ]);
    const hourly = read({
      result: [row({ measurement_start_day: '2026-01-18T13:00:00Z', domain: 'A.example' })],
    });
    expect(hourly.signals).toMatchObject([
      { domain: 'a.example', from: T0, to: T0 + 3_600_000, cc: null, url: null },
    ]);
  });

  it('says what a row without a domain lacks', () => {
    expect(read({ result: [row(), row({ domain: 'a.example' }), row()] })).toMatchObject({
      signals: [{ domain: 'a.example' }],
      problem: expect.stringMatching(/^result\[0\]: .*sources\.csv \(and 1 more\)$/) as string,
    });
  });
});

describe('files that are none of these', () => {
  it('are one line each, and nothing of them is believed', () => {
    const bad = [
      '',
      '{"data": [',
      'null',
      '[]',
      '7',
      '"x"',
      '{}',
      '{"result": null}',
      '{"data": {}}',
      '{"data": [1, null, "x", [[]]]}',
      '{"result": {"annotations": 5}}',
      '['.repeat(100_000),
      `{"data":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    ];
    for (const text of bad) {
      const { signals, problem } = readOutsideFile(text, null);
      expect(signals).toEqual([]);
      expect(problem, text.slice(0, 40)).toMatch(/^it is no (JSON|answer of IODA)/);
    }
  });

  it('leave out bad rows and keep the good ones', () => {
    const rows = [
      alert(S0, 'critical'),
      alert(Number.NaN, 'critical'),
      alert(T0, 'critical'),
      alert(-5, 'critical'),
      { ...alert(S0, 'critical'), entity: null },
      { ...alert(S0, 'critical'), datasource: 'x'.repeat(1000) },
      null,
    ];
    const { signals, problem } = read({ data: rows });
    expect(signals).toHaveLength(1);
    expect(problem).toMatch(/^data\[1\]: .*\(and 5 more\)$/);
  });

  it('are bounded, the newest first', () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => ({
      location: 'country/KZ',
      start: S0 + i,
      duration: 1,
      datasource: 'bgp',
    }));
    const { signals, problem } = read({ data: rows });
    expect(signals).toHaveLength(5_000);
    expect(signals[0]?.from).toBe(T0 + 19_999_000);
    expect(problem).toMatch(/^data: only the first 20000 rows were read/);
  });

  it('show words of others as one short printable line', () => {
    const [signal] = read({
      result: {
        annotations: [
          {
            startDate: '2026-01-18',
            locations: ['KZ'],
            outage: { outageCause: `A\n\u202E\u0000${'B'.repeat(500)}` },
          },
        ],
      },
    }).signals;
    expect(signal?.note).toMatch(/^A B{78}$/);
  });
});

describe('sources.csv', () => {
  it('names addresses, and bad rows by their line', () => {
    const { urls, problem } = readSources(
      'file,url\na.json,https://api.example/x?y=1\nb.json,ftp://x\n,https://x\n',
    );
    expect([...urls]).toEqual([['a.json', 'https://api.example/x?y=1']]);
    expect(problem).toBe('line 3: a file and an http or https address are needed (and 1 more)');
    expect(readSources('a,b\n1,2').problem).toMatch(/header/);
  });
});
