/** What lies on the volunteer's side or with the site itself. */
import {
  ACCESSIBLE,
  httpSite,
  httpsSite,
  INSUFFICIENT,
  interfered,
  local,
  refused,
  site,
  suspected,
} from './builders.ts';
import {
  frontPage,
  GEO_REFUSAL_PAGE,
  LOGIN_REDIRECT_PAGE,
  ORIGIN_451_PAGE,
  redirectPage,
  TOP_UP_PAGE,
  UNAVAILABLE_PAGE,
} from './pages.ts';
import type { Scenario } from './scenario.ts';

const HOURS_PER_DAY = 24;
/** An address block of a host of virtual servers, in testlists/networks.csv. */
const HOSTING_ASN = 9_009;
const LAB_ASN = 64_500;

const LINES: readonly Scenario[] = [
  {
    name: 'no-network',
    truth: 'benign',
    title: 'The device has no network at all.',
    target: 'https://weather-desk.example/',
    sites: [site('weather-desk.example', '11.116.1.10')],
    censor: [],
    line: { down: true },
    expect: local('no_network'),
  },
  {
    name: 'vpn-by-interface',
    truth: 'benign',
    title: 'Packets leave through a tunnel; what is filtered at its end is not this network’s doing.',
    target: 'https://music-hall.example/',
    sites: [site('music-hall.example', '11.116.2.10')],
    censor: [{ on: 'sni', match: 'music-hall.example', action: { kind: 'drop' } }],
    line: { tunnel: true },
    expect: local('vpn_or_proxy'),
  },
  {
    name: 'vpn-by-address',
    truth: 'benign',
    title: 'The reflector sees an address of a hosting company abroad.',
    target: 'https://opera-house.example/',
    sites: [site('opera-house.example', '11.116.3.10')],
    censor: [{ on: 'sni', match: 'opera-house.example', action: { kind: 'reset' } }],
    line: { network: { cc: 'NL', asn: HOSTING_ASN } },
    expect: local('vpn_or_proxy'),
  },
  {
    name: 'sim-cut-off-redirect',
    truth: 'benign',
    title:
      'A mobile line without balance: every plain page leads to the operator’s till, TLS dies for every name.',
    target: 'https://train-times.example/',
    sites: [
      site('train-times.example', '11.116.4.10'),
      httpSite('balance.operator-lab.example', '11.116.4.1', frontPage('Balance'), { reach: 'inside' }),
    ],
    censor: [
      { on: 'host', match: 'balance.operator-lab.example', action: { kind: 'pass' } },
      { on: 'host', match: '*', action: { kind: 'inject', response: TOP_UP_PAGE } },
      { on: 'sni', match: '*', action: { kind: 'drop' } },
    ],
    line: { type: 'mobile', network: { cc: 'KZ', asn: LAB_ASN } },
    expect: local('subscriber_cut'),
  },
  {
    name: 'sim-cut-off-silent',
    truth: 'benign',
    title: 'A mobile line that answers names and drops everything else.',
    target: 'https://ferry-times.example/',
    sites: [site('ferry-times.example', '11.116.5.10')],
    censor: [{ on: 'address', match: '*', action: { kind: 'drop' } }],
    line: { type: 'mobile' },
    needs: ['silence'],
    expect: INSUFFICIENT,
  },
  {
    name: 'captive-portal-plain-target',
    truth: 'benign',
    title: 'A log-in page stands before the network, and the target is a plain page.',
    target: 'http://cinema-times.example/',
    sites: [
      httpSite('cinema-times.example', '11.116.6.10', frontPage('Cinema times')),
      httpSite('door.wifi-lab.example', '11.116.6.1', frontPage('Wi-Fi log-in'), { reach: 'inside' }),
    ],
    censor: [
      { on: 'host', match: '*', action: { kind: 'inject', response: LOGIN_REDIRECT_PAGE } },
      { on: 'sni', match: '*', action: { kind: 'reset' } },
    ],
    expect: local('captive_portal'),
  },
  {
    name: 'clock-behind',
    truth: 'benign',
    title: 'The device’s clock is three days behind.',
    target: 'https://milk-round.example/',
    sites: [httpsSite('milk-round.example', '11.116.7.10', frontPage('Milk round'))],
    censor: [],
    line: { clockOffsetHours: -3 * HOURS_PER_DAY },
    expect: local('clock_wrong'),
  },
  {
    name: 'clock-behind-and-filtered',
    truth: 'undecidable',
    title: 'The clock is days behind, and the name dies: no control’s word fits such a time.',
    target: 'https://bread-round.example/',
    sites: [httpsSite('bread-round.example', '11.116.8.10', frontPage('Bread round'))],
    censor: [{ on: 'sni', match: 'bread-round.example', action: { kind: 'drop' } }],
    line: { clockOffsetHours: -10 * HOURS_PER_DAY },
    expect: local('clock_wrong'),
  },
  {
    name: 'ipv6-unroutable-v6-only-site',
    truth: 'benign',
    title: 'The device has no route for IPv6, and the site has nothing else.',
    target: 'https://only-six.example/',
    sites: [site('only-six.example', '3ffe:116:9::10')],
    censor: [],
    line: { ipv6: 'unroutable' },
    expect: local('ipv6_broken'),
  },
  {
    name: 'ipv6-silent-v6-only-site',
    truth: 'benign',
    title: 'IPv6 packets of this line vanish, the reflector’s too.',
    target: 'https://also-six.example/',
    sites: [site('also-six.example', '3ffe:116:10::10')],
    censor: [],
    line: { ipv6: 'silent' },
    needs: ['silence'],
    expect: local('ipv6_broken'),
  },
  {
    name: 'ipv6-silent-dual-stack',
    truth: 'benign',
    title: 'IPv6 of this line is broken; the site has IPv4 too.',
    target: 'https://both-ways.example/',
    sites: [site('both-ways.example', ['11.116.11.10', '3ffe:116:11::10'])],
    censor: [],
    line: { ipv6: 'silent' },
    needs: ['silence'],
    expect: ACCESSIBLE,
  },
  {
    name: 'line-cuts-connections',
    truth: 'benign',
    title: 'Every third connection of this line is reset, whatever it is for.',
    target: 'https://patchy-signal.example/',
    sites: [site('patchy-signal.example', '11.116.12.10')],
    censor: [],
    line: { cutsEvery: 3 },
    expect: { ...ACCESSIBLE, orOutcomes: ['accessible', 'insufficient'] },
  },
  {
    name: 'line-cuts-every-second',
    truth: 'benign',
    title: 'Every second connection is reset.',
    target: 'http://weak-signal.example/',
    sites: [httpSite('weak-signal.example', '11.116.13.10', frontPage('Weak signal'))],
    censor: [],
    line: { cutsEvery: 2 },
    expect: { ...ACCESSIBLE, orOutcomes: ['accessible', 'insufficient'] },
  },
  {
    name: 'lossy-mobile-line',
    truth: 'benign',
    title: 'A mobile line that loses one packet in twenty, each way; nothing is blocked.',
    target: 'https://mountain-hut.example/',
    sites: [site('mountain-hut.example', '11.116.14.10')],
    censor: [],
    line: { type: 'mobile', loss: 0.05, delayMs: 150 },
    needs: ['loss'],
    expect: { ...ACCESSIBLE, orOutcomes: ['accessible', 'insufficient'] },
  },
];

const ORIGINS: readonly Scenario[] = [
  {
    name: 'origin-451-here-only',
    truth: 'benign',
    title: 'The origin says 451 to this country, by a valid certificate.',
    target: 'https://film-archive.example/',
    sites: [
      {
        ...httpsSite('film-archive.example', '11.117.1.10', frontPage('Film archive')),
        to: {
          client: {
            https: { certificate: 'trusted', alpn: ['http/1.1'], pages: { '/': ORIGIN_451_PAGE } },
          },
        },
      },
    ],
    censor: [],
    expect: refused('origin_451'),
  },
  {
    name: 'origin-451-everywhere-plain',
    truth: 'benign',
    title: 'The origin says 451 to everybody over plain HTTP.',
    target: 'http://withdrawn-song.example/',
    sites: [httpSite('withdrawn-song.example', '11.117.2.10', { '/': ORIGIN_451_PAGE })],
    censor: [],
    expect: refused('origin_451'),
  },
  {
    name: 'origin-451-here-plain-and-tls',
    truth: 'benign',
    title: 'The origin says 451 to this country over plain HTTP, and the same over TLS.',
    target: 'http://two-voices.example/',
    sites: [
      {
        ...site('two-voices.example', '11.117.3.10'),
        to: {
          client: {
            http: { '/': ORIGIN_451_PAGE },
            https: { certificate: 'trusted', alpn: ['http/1.1'], pages: { '/': ORIGIN_451_PAGE } },
          },
        },
      },
    ],
    censor: [],
    expect: refused('origin_451'),
  },
  {
    name: 'origin-451-here-plain-only',
    truth: 'undecidable',
    title: 'The same on a site without TLS: path or origin, nobody here can tell.',
    target: 'http://one-voice.example/',
    sites: [
      httpSite('one-voice.example', '11.117.4.10', frontPage('One voice'), {
        to: { client: { http: { '/': ORIGIN_451_PAGE } } },
      }),
    ],
    censor: [],
    expect: suspected('http.status_451'),
  },
  {
    name: 'geo-refusal-plain-and-tls',
    truth: 'benign',
    title: 'The origin turns this country away over plain HTTP, and over TLS with the same page.',
    target: 'http://lottery-abroad.example/',
    sites: [
      {
        ...site('lottery-abroad.example', '11.117.5.10'),
        to: {
          client: {
            http: { '/': GEO_REFUSAL_PAGE },
            https: { certificate: 'trusted', alpn: ['http/1.1'], pages: { '/': GEO_REFUSAL_PAGE } },
          },
        },
      },
    ],
    censor: [],
    expect: refused('server_geo_refusal'),
  },
  {
    name: 'site-moved-by-redirect',
    truth: 'benign',
    title: 'The site has moved to another name and says so to everybody.',
    target: 'http://old-journal.example/',
    sites: [
      httpSite('old-journal.example', '11.117.6.10', redirectPage('https://new-journal.example/')),
      httpsSite('new-journal.example', '11.117.6.20', frontPage('New journal')),
    ],
    censor: [],
    expect: ACCESSIBLE,
  },
  {
    name: 'control-refused-plain',
    truth: 'benign',
    title: 'The site turns the control’s data centre away over plain HTTP: nothing to compare the page with.',
    target: 'http://village-bank.example/',
    sites: [
      httpSite('village-bank.example', '11.117.7.10', frontPage('Village bank'), {
        to: { outside: { http: { '/': GEO_REFUSAL_PAGE } } },
      }),
    ],
    censor: [],
    expect: { ...INSUFFICIENT, cause: 'control_refused' },
  },
  {
    name: 'control-refused-and-filtered',
    truth: 'interference',
    title: 'The site turns the control’s data centre away, and its name dies here.',
    target: 'https://gold-rates.example/',
    sites: [
      {
        ...httpsSite('gold-rates.example', '11.117.8.10', frontPage('Gold rates')),
        to: {
          outside: {
            https: { certificate: 'trusted', alpn: ['http/1.1'], pages: { '/': GEO_REFUSAL_PAGE } },
          },
        },
      },
    ],
    censor: [{ on: 'sni', match: 'gold-rates.example', action: { kind: 'drop' } }],
    expect: interfered('tls.sni_timeout'),
  },
  {
    name: 'flapping-errors-everywhere',
    truth: 'benign',
    title: 'The server answers every second request with 503, wherever it comes from.',
    target: 'https://tired-server.example/',
    sites: [
      {
        ...httpsSite('tired-server.example', '11.117.9.10', frontPage('Tired server')),
        flaps: { every: 2, page: UNAVAILABLE_PAGE },
      },
    ],
    censor: [],
    expect: { ...ACCESSIBLE, orOutcomes: ['accessible', 'down', 'insufficient'] },
  },
  {
    name: 'flapping-errors-plain',
    truth: 'benign',
    title: 'The same over plain HTTP.',
    target: 'http://weary-server.example/',
    sites: [
      httpSite('weary-server.example', '11.117.10.10', frontPage('Weary server'), {
        flaps: { every: 2, page: UNAVAILABLE_PAGE },
      }),
    ],
    censor: [],
    expect: { ...ACCESSIBLE, orOutcomes: ['accessible', 'down', 'insufficient'] },
  },
];

export const VANTAGE_AND_ORIGIN: readonly Scenario[] = [...LINES, ...ORIGINS];
