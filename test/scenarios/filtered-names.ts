/** Names that die after the ClientHello or the Host header: the main technique, in its shapes. */
import { ACCESSIBLE, httpSite, httpsSite, interfered, site, suspected } from './builders.ts';
import { frontPage, longPage, redirectPage, UNKNOWN_BLOCKPAGE, NOTICE_REDIRECT_PAGE } from './pages.ts';
import type { CensorRule, HostRule, Residual, Scenario, SniRule } from './scenario.ts';

const sni = (match: string, action: SniRule['action'], rest: Partial<SniRule> = {}): CensorRule => ({
  on: 'sni',
  match,
  action,
  ...rest,
});
const host = (match: string, action: HostRule['action'], rest: Partial<HostRule> = {}): CensorRule => ({
  on: 'host',
  match,
  action,
  ...rest,
});
const DROP = { kind: 'drop' } as const;

const SHAPES: readonly Scenario[] = [
  {
    name: 'sni-drop-two-families',
    truth: 'interference',
    title: 'Silence after the name, over IPv4 and IPv6.',
    target: 'https://petition-hall.example/',
    sites: [site('petition-hall.example', ['11.112.1.10', '3ffe:112:1::10'])],
    censor: [sni('petition-hall.example', DROP)],
    expect: interfered('tls.sni_timeout', { evidence: 'confirmed' }),
  },
  {
    name: 'sni-drop-one-family',
    truth: 'interference',
    title:
      'The box stands on the IPv4 path only: the name dies there, at the reflector too, and works over IPv6.',
    target: 'https://two-roads.example/',
    sites: [site('two-roads.example', ['11.112.2.10', '3ffe:112:2::10'])],
    censor: [
      sni('two-roads.example', DROP, { at: '11.112.2.10' }),
      sni('two-roads.example', DROP, { at: '11.255.0.3' }),
    ],
    expect: interfered('tls.sni_timeout'),
  },
  {
    name: 'sni-drop-subdomains',
    truth: 'interference',
    title: 'A rule for a domain and everything below it.',
    target: 'https://www.saiga-news.example/today?day=5',
    sites: [site('www.saiga-news.example', '11.112.3.10')],
    censor: [sni('*.saiga-news.example', DROP)],
    expect: interfered('tls.sni_timeout'),
  },
  {
    name: 'sni-drop-internationalised',
    truth: 'interference',
    title: 'A name in Kazakh letters, filtered in its ASCII form.',
    target: 'https://қоғам-үні.example/',
    sites: [site('xn----7sb0bfb2mor5b6j.example', '11.112.4.10')],
    censor: [sni('xn----7sb0bfb2mor5b6j.example', DROP)],
    expect: interfered('tls.sni_timeout'),
  },
  {
    name: 'sni-drop-after-redirect',
    truth: 'interference',
    title: 'Plain HTTP still redirects to HTTPS; the name dies there.',
    target: 'http://dala-radio.example/',
    sites: [
      {
        ...httpsSite('dala-radio.example', '11.112.5.10', frontPage('Dala radio')),
        http: redirectPage('https://dala-radio.example/'),
      },
    ],
    censor: [sni('dala-radio.example', DROP)],
    expect: interfered('tls.sni_timeout'),
  },
  {
    name: 'sni-drop-on-one-path',
    truth: 'interference',
    title:
      'The box stands on the way to this site only: the reflector shows nothing, the site’s own address does.',
    target: 'https://narrow-pass.example/',
    sites: [site('narrow-pass.example', '11.112.6.10')],
    censor: [sni('narrow-pass.example', DROP, { at: '11.112.6.10' })],
    expect: interfered('tls.sni_timeout', { evidence: 'strong' }),
  },
  {
    name: 'sni-reset-on-one-path',
    truth: 'interference',
    title: 'The same with a reset, and a box that reads the first segment only.',
    target: 'https://narrow-bridge.example/',
    sites: [site('narrow-bridge.example', '11.112.7.10')],
    censor: [sni('narrow-bridge.example', { kind: 'reset' }, { at: '11.112.7.10', reassembles: false })],
    expect: interfered('tls.sni_reset', { evidence: 'confirmed' }),
  },
  {
    name: 'tls-split-fails',
    truth: 'interference',
    title: 'The box puts segments together: a split ClientHello dies as well.',
    target: 'https://whole-sentence.example/',
    sites: [site('whole-sentence.example', '11.112.8.10')],
    censor: [sni('whole-sentence.example', DROP, { reassembles: true })],
    expect: interfered('tls.sni_timeout', { evidence: 'confirmed' }),
  },
  {
    name: 'sni-reset-everywhere-at-origin',
    truth: 'benign',
    title: 'The origin itself resets every handshake, for everybody.',
    target: 'https://sulking-server.example/',
    sites: [{ ...httpsSite('sulking-server.example', '11.112.9.10', frontPage('Sulking')), state: 'reset' }],
    censor: [],
    expect: { outcome: 'down', layer: null, method: null, cause: 'site_down' },
  },
];

function residual(n: number, kind: 'drop' | 'reset', after: Residual): Scenario {
  const name = `residual-${kind}-${after.scope}-${after.seconds}`;
  const target = `${name}.example`;
  const whom = after.scope === 'client' ? 'everything of the client' : 'that address and port';
  return {
    name,
    truth: 'interference',
    title: `After the name the path punishes ${whom} for ${after.seconds} s.`,
    target: `https://${target}/`,
    sites: [site(target, `11.118.${n}.10`)],
    censor: [sni(target, { kind }, { residual: after })],
    needs: ['silence'],
    expect: interfered(kind === 'drop' ? 'tls.sni_timeout' : 'tls.sni_reset'),
  };
}

const RESIDUALS: readonly Scenario[] = [
  ...[30, 120, 180].flatMap((seconds, i) => [
    residual(2 * i + 1, 'drop', { seconds, scope: 'triple' }),
    residual(2 * i + 2, 'drop', { seconds, scope: 'client' }),
  ]),
  residual(7, 'reset', { seconds: 60, scope: 'triple' }),
  {
    name: 'neighbour-penalised',
    truth: 'benign',
    title: 'A neighbour behind the same address has just been punished; this site is nobody’s concern.',
    target: 'https://cheese-market.example/',
    sites: [site('cheese-market.example', '11.118.8.10')],
    censor: [],
    line: { penalisedSeconds: 45 },
    needs: ['silence'],
    expect: ACCESSIBLE,
  },
  {
    name: 'neighbour-penalised-and-filtered',
    truth: 'interference',
    title: 'The same, and this name is filtered too.',
    target: 'https://market-protest.example/',
    sites: [site('market-protest.example', '11.118.9.10')],
    censor: [sni('market-protest.example', DROP)],
    line: { penalisedSeconds: 45 },
    needs: ['silence'],
    expect: interfered('tls.sni_timeout'),
  },
];

const PLAIN: readonly Scenario[] = [
  {
    name: 'http-blockpage-redirect',
    truth: 'interference',
    title: 'The path answers plain HTTP with a redirect to the operator’s notice.',
    target: 'http://old-cartoons.example/',
    sites: [
      httpSite('old-cartoons.example', '11.113.1.10', frontPage('Old cartoons')),
      httpSite('closed.operator-lab.example', '11.113.1.66', { '/closed': UNKNOWN_BLOCKPAGE }),
    ],
    censor: [
      host('old-cartoons.example', { kind: 'inject', response: NOTICE_REDIRECT_PAGE }),
      {
        on: 'name',
        match: 'notice.operator-lab.example',
        action: { kind: 'answer', addresses: ['11.113.1.66'] },
      },
    ],
    expect: interfered('http.redirect_blockpage', { evidence: 'confirmed' }),
  },
  {
    name: 'http-one-path-reset',
    truth: 'interference',
    title: 'One article is reset, the rest of the site is not.',
    target: 'http://long-read.example/stories/pasture',
    sites: [
      httpSite('long-read.example', '11.113.2.10', {
        ...frontPage('Long read'),
        '/stories/pasture': longPage('Pasture', 4_000)['/']!,
      }),
    ],
    censor: [host('long-read.example', { kind: 'reset' }, { path: '/stories/pasture' })],
    expect: interfered('http.host_reset', { scope: 'url' }),
  },
  {
    name: 'http-one-path-blockpage',
    truth: 'interference',
    title: 'One article is replaced by a page that is on no record.',
    target: 'http://other-read.example/stories/mine?page=2',
    sites: [
      httpSite('other-read.example', '11.113.3.10', {
        ...frontPage('Other read'),
        '/stories/mine': longPage('Mine', 4_000)['/']!,
      }),
    ],
    censor: [
      host('other-read.example', { kind: 'inject', response: UNKNOWN_BLOCKPAGE }, { path: '/stories/mine' }),
    ],
    expect: interfered('http.blockpage', { scope: 'url' }),
  },
  {
    name: 'http-host-first-segment',
    truth: 'interference',
    title: 'A reset for the Host on the way to this site only; a Host in two segments passes.',
    target: 'http://split-letters.example/',
    sites: [httpSite('split-letters.example', '11.113.4.10', frontPage('Split letters'))],
    censor: [host('split-letters.example', { kind: 'reset' }, { at: '11.113.4.10', reassembles: false })],
    expect: interfered('http.host_reset', { evidence: 'confirmed' }),
  },
  {
    name: 'http-host-drop-residual',
    truth: 'interference',
    title: 'Silence after the Host header, and a minute of silence at that address and port.',
    target: 'http://quiet-minute.example/',
    sites: [httpSite('quiet-minute.example', '11.113.5.10', frontPage('Quiet minute'))],
    censor: [host('quiet-minute.example', DROP, { residual: { seconds: 60, scope: 'triple' } })],
    needs: ['silence'],
    expect: interfered('http.host_timeout'),
  },
  {
    name: 'http-reset-on-one-path',
    truth: 'interference',
    title:
      'A reset for the Host at this address only; the box puts segments together. One vantage can only suspect.',
    target: 'http://lone-road.example/',
    sites: [httpSite('lone-road.example', '11.113.6.10', frontPage('Lone road'))],
    censor: [host('lone-road.example', { kind: 'reset' }, { at: '11.113.6.10' })],
    expect: suspected('http.host_reset'),
  },
];

const TRICKLE_BYTES_PER_SECOND = 6_000;
const KIB = 1024;

const THROUGHPUT: readonly Scenario[] = [
  {
    name: 'throttled-by-name',
    truth: 'interference',
    title: 'Connections that carry the name are held to a trickle, wherever they go.',
    target: 'https://slow-news.example/',
    sites: [httpsSite('slow-news.example', '11.115.1.10', longPage('Slow news', 64 * KIB))],
    censor: [sni('slow-news.example', { kind: 'throttle', bytesPerSecond: TRICKLE_BYTES_PER_SECOND })],
    expect: interfered('throughput.sni_throttling', { evidence: 'confirmed' }),
  },
  {
    name: 'delayed-by-name',
    truth: 'interference',
    title: 'Every segment of connections that carry the name waits; handshakes take seconds.',
    target: 'https://late-news.example/',
    sites: [httpsSite('late-news.example', '11.115.2.10', frontPage('Late news'))],
    censor: [sni('late-news.example', { kind: 'throttle', delayMs: 1_500 })],
    expect: interfered('throughput.sni_throttling'),
  },
  {
    name: 'frozen-by-name',
    truth: 'interference',
    title: 'Connections that carry the name stop after 16 KiB.',
    target: 'https://half-page.example/',
    sites: [httpsSite('half-page.example', '11.115.3.10', longPage('Half page', 64 * KIB))],
    censor: [sni('half-page.example', { kind: 'freeze', afterBytes: 16 * KIB })],
    expect: interfered('throughput.freeze', { evidence: 'confirmed' }),
  },
  {
    name: 'frozen-by-address',
    truth: 'interference',
    title: 'Connections to the address stop after 16 KiB; one vantage can’t tell it from the server’s doing.',
    target: 'https://half-archive.example/',
    sites: [httpsSite('half-archive.example', '11.115.4.10', longPage('Half archive', 64 * KIB))],
    censor: [{ on: 'address', match: '11.115.4.10', action: { kind: 'freeze', afterBytes: 16 * KIB } }],
    expect: suspected('throughput.freeze'),
  },
  {
    name: 'slow-for-everybody',
    truth: 'benign',
    title: 'The server sends slowly, to everybody.',
    target: 'https://village-library.example/',
    sites: [
      {
        ...httpsSite('village-library.example', '11.115.5.10', longPage('Village library', 48 * KIB)),
        bytesPerSecond: 8_000,
      },
    ],
    censor: [],
    expect: ACCESSIBLE,
  },
];

export const FILTERED_NAMES: readonly Scenario[] = [...SHAPES, ...RESIDUALS, ...PLAIN, ...THROUGHPUT];
