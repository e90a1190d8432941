import { frontPage, INJECTED_451_PAGE, INJECTED_BLOCKPAGE, LOGIN_REDIRECT_PAGE } from './pages.ts';
import type { Expectation, Scenario, TlsService } from './scenario.ts';

const ACCESSIBLE: Expectation = { outcome: 'accessible', layer: null, method: null, cause: null };

/** An ordinary site of today; scenarios that are about HTTP/1.1 or a bad certificate say so themselves. */
function https(title: string): TlsService {
  return { certificate: 'trusted', alpn: ['h2', 'http/1.1'], pages: frontPage(title) };
}

/** The scenarios that the first release must get right, in the order of the demo's table. */
export const FIRST_SCENARIOS: readonly Scenario[] = [
  {
    name: 'works-http',
    truth: 'benign',
    title: 'A site on plain HTTP; nothing interferes.',
    target: 'http://village-news.example/',
    sites: [
      {
        host: 'village-news.example',
        addresses: ['11.1.0.10'],
        state: 'up',
        http: frontPage('Village news'),
      },
    ],
    censor: [],
    expect: ACCESSIBLE,
  },
  {
    name: 'works-https',
    truth: 'benign',
    title: 'A site with an internationalised name on HTTPS with HTTP/1.1; nothing interferes.',
    target: 'https://xn--80aaqw4fuxvb.example/',
    sites: [
      {
        host: 'xn--80aaqw4fuxvb.example',
        addresses: ['11.2.0.10', '3ffe:2::10'],
        state: 'up',
        https: { certificate: 'trusted', alpn: ['http/1.1'], pages: frontPage('Жаңалық') },
      },
    ],
    censor: [],
    expect: ACCESSIBLE,
  },
  {
    name: 'works-h2',
    truth: 'benign',
    title: 'A site on HTTPS with HTTP/2; nothing interferes.',
    target: 'https://river-photos.example/',
    sites: [
      {
        host: 'river-photos.example',
        addresses: ['11.3.0.10'],
        state: 'up',
        https: { certificate: 'trusted', alpn: ['h2'], pages: frontPage('River photographs') },
      },
    ],
    censor: [],
    expect: ACCESSIBLE,
  },
  {
    name: 'dns-nxdomain',
    truth: 'interference',
    title: 'The resolver says that the name does not exist; everybody else knows it.',
    target: 'https://open-letters.example/',
    sites: [
      { host: 'open-letters.example', addresses: ['11.4.0.10'], state: 'up', https: https('Open letters') },
    ],
    censor: [{ on: 'name', match: 'open-letters.example', action: { kind: 'nxdomain' } }],
    expect: { outcome: 'interfered', layer: 'dns', method: 'dns.nxdomain', cause: null },
  },
  {
    name: 'dns-bogon',
    truth: 'interference',
    title: 'The resolver answers with a private address.',
    target: 'https://strike-diary.example/',
    sites: [
      { host: 'strike-diary.example', addresses: ['11.5.0.10'], state: 'up', https: https('Strike diary') },
    ],
    censor: [
      { on: 'name', match: 'strike-diary.example', action: { kind: 'answer', addresses: ['10.66.0.1'] } },
    ],
    expect: {
      outcome: 'interfered',
      layer: 'dns',
      method: 'dns.bogon',
      cause: null,
      evidence: 'confirmed',
    },
  },
  {
    name: 'tcp-refused',
    truth: 'interference',
    title: 'The address refuses connections from this network only.',
    target: 'https://court-watch.example/',
    sites: [
      { host: 'court-watch.example', addresses: ['11.6.0.10'], state: 'up', https: https('Court watch') },
    ],
    censor: [{ on: 'address', match: '11.6.0.10', action: { kind: 'refuse' } }],
    expect: { outcome: 'suspected', layer: 'tcp', method: 'tcp.refused', cause: null },
  },
  {
    name: 'tcp-timeout',
    truth: 'interference',
    title: 'The address does not answer from this network only.',
    target: 'https://steppe-archive.example/',
    sites: [
      {
        host: 'steppe-archive.example',
        addresses: ['11.7.0.10'],
        state: 'up',
        https: https('Steppe archive'),
      },
    ],
    censor: [{ on: 'address', match: '11.7.0.10', action: { kind: 'drop' } }],
    needs: ['silence'],
    expect: { outcome: 'suspected', layer: 'tcp', method: 'tcp.timeout', cause: null },
  },
  {
    name: 'tls-sni-timeout',
    truth: 'interference',
    title: 'Silence after a ClientHello that carries the name, whatever the address.',
    target: 'https://free-voices.example/',
    sites: [
      { host: 'free-voices.example', addresses: ['11.8.0.10'], state: 'up', https: https('Free voices') },
    ],
    censor: [{ on: 'sni', match: '*.free-voices.example', action: { kind: 'drop' } }],
    expect: {
      outcome: 'interfered',
      layer: 'tls',
      method: 'tls.sni_timeout',
      cause: null,
      evidence: 'confirmed',
    },
  },
  {
    name: 'tls-sni-reset',
    truth: 'interference',
    title: 'A reset after a ClientHello that carries the name, whatever the address.',
    target: 'https://tunnel-tools.example/',
    sites: [
      { host: 'tunnel-tools.example', addresses: ['11.9.0.10'], state: 'up', https: https('Tunnel tools') },
    ],
    censor: [{ on: 'sni', match: '*.tunnel-tools.example', action: { kind: 'reset' } }],
    expect: {
      outcome: 'interfered',
      layer: 'tls',
      method: 'tls.sni_reset',
      cause: null,
      evidence: 'confirmed',
    },
  },
  {
    name: 'tls-interception-unknown',
    truth: 'interference',
    title: 'A forged chain of an authority that nobody knows, at the reflector too.',
    target: 'https://mail-post.example/',
    sites: [{ host: 'mail-post.example', addresses: ['11.10.0.10'], state: 'up', https: https('Mail post') }],
    censor: [
      {
        on: 'sni',
        match: 'mail-post.example',
        action: { kind: 'intercept', authority: 'unknown', copies: 'sni' },
      },
    ],
    expect: {
      outcome: 'suspected',
      layer: 'tls',
      method: 'tls.interception',
      cause: null,
      authority: 'unknown',
    },
  },
  {
    name: 'tls-interception-known',
    truth: 'interference',
    title: 'A forged chain under a root that is on record; names copied from the origin, dates shifted.',
    target: 'https://friends-square.example/',
    sites: [
      {
        host: 'friends-square.example',
        addresses: ['11.11.0.10'],
        state: 'up',
        https: https('Friends square'),
      },
    ],
    censor: [
      {
        on: 'sni',
        match: 'friends-square.example',
        action: { kind: 'intercept', authority: 'known', copies: 'origin' },
      },
    ],
    expect: {
      outcome: 'interfered',
      layer: 'tls',
      method: 'tls.interception',
      cause: null,
      authority: 'known',
      evidence: 'confirmed',
    },
  },
  {
    name: 'http-451',
    truth: 'interference',
    title: 'The path answers plain HTTP with 451 and names who ordered it.',
    target: 'http://pamphlets.example/',
    sites: [
      { host: 'pamphlets.example', addresses: ['11.12.0.10'], state: 'up', http: frontPage('Pamphlets') },
    ],
    censor: [
      { on: 'host', match: 'pamphlets.example', action: { kind: 'inject', response: INJECTED_451_PAGE } },
    ],
    expect: { outcome: 'interfered', layer: 'http', method: 'http.status_451', cause: null },
  },
  {
    name: 'http-blockpage',
    truth: 'interference',
    title: 'The path answers plain HTTP with a block page.',
    target: 'http://satire-weekly.example/',
    sites: [
      {
        host: 'satire-weekly.example',
        addresses: ['11.13.0.10'],
        state: 'up',
        http: frontPage('Satire weekly'),
      },
    ],
    censor: [
      {
        on: 'host',
        match: 'satire-weekly.example',
        action: { kind: 'inject', response: INJECTED_BLOCKPAGE },
      },
    ],
    expect: { outcome: 'interfered', layer: 'http', method: 'http.blockpage', cause: null },
  },
  {
    name: 'down-everywhere',
    truth: 'benign',
    title: 'The server refuses everybody.',
    target: 'https://closed-forum.example/',
    sites: [
      {
        host: 'closed-forum.example',
        addresses: ['11.14.0.10'],
        state: 'refused',
        https: https('Closed forum'),
      },
    ],
    censor: [],
    expect: { outcome: 'down', layer: null, method: null, cause: 'site_down' },
  },
  {
    name: 'expired-certificate',
    truth: 'benign',
    title: 'The certificate of the origin has expired, for everybody.',
    target: 'https://poetry-club.example/',
    sites: [
      {
        host: 'poetry-club.example',
        addresses: ['11.15.0.10'],
        state: 'up',
        https: { certificate: 'expired', alpn: ['http/1.1'], pages: frontPage('Poetry club') },
      },
    ],
    censor: [],
    expect: { outcome: 'down', layer: null, method: null, cause: 'certificate_expired' },
  },
  {
    name: 'captive-portal',
    truth: 'benign',
    title: 'A wireless network that lets nothing through before a log-in by SMS.',
    target: 'https://bus-times.example/',
    sites: [
      {
        host: 'bus-times.example',
        addresses: ['11.16.0.10'],
        state: 'up',
        http: frontPage('Bus times'),
        https: https('Bus times'),
      },
      {
        host: 'login.wifi-lab.example',
        addresses: ['11.16.0.1'],
        reach: 'inside',
        state: 'up',
        http: frontPage('Wi-Fi log-in'),
        https: { certificate: 'self_signed', alpn: ['http/1.1'], pages: frontPage('Wi-Fi log-in') },
      },
    ],
    censor: [
      { on: 'name', match: '*', action: { kind: 'answer', addresses: ['11.16.0.1'] } },
      { on: 'host', match: 'login.wifi-lab.example', action: { kind: 'pass' } },
      { on: 'host', match: '*', action: { kind: 'inject', response: LOGIN_REDIRECT_PAGE } },
      { on: 'sni', match: '*', action: { kind: 'divert', to: 'login.wifi-lab.example' } },
    ],
    expect: { outcome: 'local', layer: null, method: null, cause: 'captive_portal' },
  },
];
