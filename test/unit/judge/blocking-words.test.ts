import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../shared/i18n/index.ts';
import { explainBlocking } from '../../../shared/judge/blocking-words.ts';
import { almatyOffsetMs, timeWords } from '../../../shared/judge/event-times.ts';
import { METHODS, type BlockingEvent, type Episode } from '../../../shared/model/index.ts';

const at = (text: string): number => Date.parse(`${text}Z`);

const episode = (more: Partial<Episode> = {}): Episode => ({
  network: { asn: 9198, access: 'fixed' },
  onset: { after: at('2026-01-17T10:00'), before: at('2026-01-17T14:00') },
  restored: null,
  openedAt: at('2026-01-17T20:00'),
  closedAt: null,
  basis: 'interfered',
  methods: [{ method: 'tls.sni_timeout', pseudonyms: 4 }],
  blocked: 4,
  voters: 9,
  logRatio: 5,
  measurements: ['a'],
  measurementCount: 1,
  recurrent: false,
  ...more,
});

const event = (more: Partial<BlockingEvent> = {}): BlockingEvent => ({
  id: '0'.repeat(64),
  domain: 'news.example',
  state: 'open',
  basis: 'interfered',
  onset: { after: at('2026-01-17T10:00'), before: at('2026-01-17T14:00') },
  restored: null,
  episodes: [episode()],
  owners: ['Kazakhtelecom'],
  methods: [{ method: 'tls.sni_timeout', pseudonyms: 4 }],
  simultaneous: false,
  alternatives: ['origin_filters_country'],
  expectedFalse: 0.001,
  ...more,
});

const RESTORED = { after: at('2026-01-23T01:00'), before: at('2026-01-23T19:00') };

describe('the words of a blocking event', () => {
  it('begin with what, where, since when and what it looks like', () => {
    const [headline] = explainBlocking(event(), 'en');
    expect(headline).toBe(
      'news.example could not be reached from AS9198 (fixed lines) since some time between ' +
        '2026-01-17 10:00 UTC (15:00 in Almaty) and 2026-01-17 14:00 UTC (19:00 in Almaty), consistent with ' +
        'filtering by name (the connection falls silent once the name is said).',
    );
  });

  it('say how many of how many, whose networks, what else it could be, and how often it is a mistake', () => {
    const text = explainBlocking(event(), 'en').join(' ');
    expect(text).toContain('met by 4 of 9 volunteers’ keys');
    expect(text).toContain('Kazakhtelecom');
    expect(text).toContain('Not excluded: the site’s own firewall drops visitors from this country.');
    expect(text).toContain('about once in so many years: 83.');
  });

  it('say suspicion as suspicion, and never that somebody interferes', () => {
    const text = explainBlocking(
      event({ basis: 'suspected', episodes: [episode({ basis: 'suspected' })] }),
      'en',
    );
    expect(text[0]).toContain('seems to be unreachable');
    expect(text[0]).toContain('suspected only');
    expect(text.join(' ')).not.toContain('shows that the difference lies on the way.');
    expect(text[1]).toContain('No measurement has a comparison');
  });

  it('say that it is over, since when, and that it was', () => {
    const over = { restored: RESTORED, closedAt: at('2026-01-23T20:00') };
    const [headline] = explainBlocking(
      event({ state: 'restored', restored: RESTORED, episodes: [episode(over)] }),
      'en',
    );
    expect(headline).toMatch(
      /^news\.example can be reached again .* since some time between 2026-01-23 01:00 UTC/,
    );
    expect(headline).toContain('it could not since some time between 2026-01-17 10:00 UTC');
  });

  it('name the networks in which it goes on, not those in which it is over', () => {
    const over = episode({ network: { asn: 21299, access: 'mobile' }, restored: RESTORED });
    const [headline, ...more] = explainBlocking(event({ episodes: [over, episode()] }), 'en');
    expect(headline).not.toContain('AS21299');
    expect(more.join(' ')).toContain('AS21299 (mobile lines)');
  });

  it('count a network’s newest stretch, not the first of them', () => {
    const earlier = episode({ openedAt: at('2026-01-02T00:00'), blocked: 2, voters: 3, restored: RESTORED });
    const text = explainBlocking(event({ episodes: [earlier, episode({ recurrent: true })] }), 'en').join(
      ' ',
    );
    expect(text).toContain('by 4 of 9');
    expect(text).not.toContain('by 2 of 3');
    expect(text).toContain('It was so before');
  });

  it('stay short however many networks there are', () => {
    const episodes = Array.from({ length: 60 }, (_, i) =>
      episode({ network: { asn: i + 1, access: 'fixed' } }),
    );
    const lines = explainBlocking(event({ episodes, owners: episodes.map((_, i) => `Owner ${i}`) }), 'en');
    expect(lines[0]).toContain('and more, 60 in all');
    expect(lines.length).toBeLessThan(20);
    expect(lines.join(' ').length).toBeLessThan(4000);
  });

  it('know only one side of a bracket, or none', () => {
    const before = { after: null, before: at('2026-01-17T14:00') };
    expect(explainBlocking(event({ onset: before }), 'en')[0]).toContain(
      'since 2026-01-17 14:00 UTC (19:00 in Almaty) at the latest',
    );
    const after = { after: at('2026-01-17T10:00'), before: null };
    expect(explainBlocking(event({ onset: after }), 'en')[0]).toContain(
      'since some time after 2026-01-17 10:00',
    );
    const none = { after: null, before: null };
    expect(explainBlocking(event({ onset: none }), 'en')[0]).toContain('since 2026-01-17 20:00 UTC');
    expect(explainBlocking(event({ onset: { after: Number.NaN, before: 1e30 } }), 'en')[0]).toContain('?');
  });

  it('say that several ways are met where no one leads', () => {
    const methods = [
      { method: 'tls.sni_timeout', pseudonyms: 2 },
      { method: 'dns.nxdomain', pseudonyms: 2 },
    ] as const;
    const lines = explainBlocking(event({ methods }), 'en');
    expect(lines[0]).toContain('several ways of filtering');
    expect(lines.join(' ')).toContain('the name service saying that the name does not exist');
    expect(explainBlocking(event({ methods: [] }), 'en')[0]).toContain('of a kind that is not known');
  });

  it.each(LANGUAGES)('hold no code of ours and no gap, in %s', (language) => {
    const states = [
      event(),
      event({ basis: 'suspected', simultaneous: true }),
      event({ state: 'restored', restored: RESTORED, expectedFalse: 3 }),
      event({
        state: 'restored',
        basis: 'suspected',
        restored: { after: null, before: null },
        expectedFalse: 0,
      }),
      event({
        methods: METHODS.map((method) => ({ method, pseudonyms: 1 })),
        alternatives: ['never_heard_of'],
      }),
    ];
    for (const each of states) {
      const text = explainBlocking(each, language).join(' ');
      expect(text).not.toMatch(/[{}]|undefined|NaN|null|_|\b(dns|tcp|tls|http|quic|throughput)\.[a-z]/);
    }
  });
});

describe('times in sentences', () => {
  it('know when Almaty moved to the one time of the country', () => {
    expect(almatyOffsetMs(at('2024-02-29T17:59')) / 3_600_000).toBe(6);
    expect(almatyOffsetMs(at('2024-02-29T18:00')) / 3_600_000).toBe(5);
  });

  it('agree with the platform’s own table of time zones', () => {
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Asia/Almaty',
      hour: '2-digit',
      minute: '2-digit',
    });
    for (const day of ['2022-01-05T12:34', '2024-02-29T17:59', '2026-01-17T10:00'])
      expect(timeWords(at(day), 'en')).toContain(`(${clock.format(at(day))} in Almaty)`);
  });

  it('give the day where it is another', () => {
    expect(timeWords(at('2026-01-17T20:30'), 'en')).toBe('2026-01-17 20:30 UTC (2026-01-18 01:30 in Almaty)');
  });
});
