import {
  CHALLENGE_PAGE,
  frontPage,
  GEO_REFUSAL_PAGE,
  LOGIN_REDIRECT_PAGE,
  NOT_FOUND_PAGE,
  ORIGIN_451_PAGE,
  redirectPage,
} from './pages.ts';
import type { CertificateKind, Expectation, Pages, Scenario, Site } from './scenario.ts';

const ACCESSIBLE: Expectation = { outcome: 'accessible', layer: null, method: null, cause: null };
const MISCONFIGURED: Expectation = {
  outcome: 'down',
  layer: null,
  method: null,
  cause: 'certificate_misconfigured',
};

function httpsSite(
  host: string,
  address: string,
  pages: Pages,
  certificate: CertificateKind = 'trusted',
): Site {
  return { host, addresses: [address], state: 'up', https: { certificate, alpn: ['http/1.1'], pages } };
}

/** Nothing here is interference; each must never be called so, nor suspected. */
export const LOOK_ALIKES: readonly Scenario[] = [
  {
    name: 'wrong-name-everywhere',
    truth: 'benign',
    title: 'The origin shows a certificate for another name to everybody.',
    target: 'https://old-brand.example/',
    sites: [httpsSite('old-brand.example', '11.20.0.10', frontPage('Old brand'), 'wrong_name')],
    censor: [],
    expect: MISCONFIGURED,
  },
  {
    name: 'self-signed-everywhere',
    truth: 'benign',
    title: 'The origin signed its certificate itself.',
    target: 'https://home-server.example/',
    sites: [httpsSite('home-server.example', '11.21.0.10', frontPage('Home server'), 'self_signed')],
    censor: [],
    expect: MISCONFIGURED,
  },
  {
    name: 'unknown-authority-everywhere',
    truth: 'benign',
    title: 'The origin uses an authority of its own for everybody, as some state offices do.',
    target: 'https://land-registry.example/',
    sites: [httpsSite('land-registry.example', '11.22.0.10', frontPage('Land registry'), 'unknown_ca')],
    censor: [],
    expect: MISCONFIGURED,
  },
  {
    name: 'incomplete-chain-everywhere',
    truth: 'benign',
    title: 'The origin forgot its intermediate certificate.',
    target: 'https://hurried-shop.example/',
    sites: [httpsSite('hurried-shop.example', '11.23.0.10', frontPage('Hurried shop'), 'incomplete')],
    censor: [],
    expect: MISCONFIGURED,
  },
  {
    name: 'not-found-everywhere',
    truth: 'benign',
    title: 'The site answers everybody with 404.',
    target: 'https://moved-page.example/',
    sites: [httpsSite('moved-page.example', '11.24.0.10', { '/': NOT_FOUND_PAGE })],
    censor: [],
    expect: ACCESSIBLE,
  },
  {
    name: 'cdn-challenge',
    truth: 'benign',
    title: 'A content delivery network asks this client, not the control, to prove that it is no robot.',
    target: 'https://busy-market.example/',
    sites: [
      {
        ...httpsSite('busy-market.example', '11.25.0.10', frontPage('Busy market')),
        to: {
          client: {
            https: { certificate: 'trusted', alpn: ['http/1.1'], pages: { '/': CHALLENGE_PAGE } },
          },
        },
      },
    ],
    censor: [],
    expect: { outcome: 'refused', layer: null, method: null, cause: 'cdn_challenge' },
  },
  {
    name: 'geo-refusal',
    truth: 'benign',
    title: 'The origin itself, by a valid certificate, turns this country away.',
    target: 'https://film-store.example/',
    sites: [
      {
        ...httpsSite('film-store.example', '11.26.0.10', frontPage('Film store')),
        to: {
          client: {
            https: { certificate: 'trusted', alpn: ['http/1.1'], pages: { '/': GEO_REFUSAL_PAGE } },
          },
        },
      },
    ],
    censor: [],
    expect: { outcome: 'refused', layer: null, method: null, cause: 'server_geo_refusal' },
  },
  {
    name: 'origin-451',
    truth: 'benign',
    title: 'The origin answers everybody with 451.',
    target: 'https://takedown-news.example/',
    sites: [httpsSite('takedown-news.example', '11.27.0.10', { '/': ORIGIN_451_PAGE })],
    censor: [],
    expect: { outcome: 'refused', layer: null, method: null, cause: 'origin_451' },
  },
  {
    name: 'redirect-to-https',
    truth: 'benign',
    title: 'Plain HTTP leads to HTTPS, as it does for everybody.',
    target: 'http://tea-house.example/',
    sites: [
      {
        ...httpsSite('tea-house.example', '11.28.0.10', frontPage('Tea house')),
        http: redirectPage('https://tea-house.example/'),
      },
    ],
    censor: [],
    expect: ACCESSIBLE,
  },
  {
    name: 'neighbour-blocked',
    truth: 'benign',
    title: 'A different name on the same address is filtered; this one works.',
    target: 'https://quiet-garden.example/',
    sites: [
      httpsSite('quiet-garden.example', '11.29.0.10', frontPage('Quiet garden')),
      httpsSite('addons.quiet-garden.example', '11.29.0.10', frontPage('Additions')),
    ],
    censor: [{ on: 'sni', match: 'addons.quiet-garden.example', action: { kind: 'drop' } }],
    expect: ACCESSIBLE,
  },
  {
    name: 'name-unknown-everywhere',
    truth: 'benign',
    title: 'The name exists nowhere.',
    target: 'https://lapsed-domain.example/',
    sites: [],
    censor: [],
    expect: { outcome: 'down', layer: null, method: null, cause: 'domain_suspended' },
  },
  {
    name: 'control-turned-away',
    truth: 'benign',
    title: 'The origin refuses the data centre of the control; the client gets the page over TLS.',
    target: 'https://bank-branch.example/',
    sites: [
      {
        ...httpsSite('bank-branch.example', '11.31.0.10', frontPage('Bank branch')),
        to: {
          outside: {
            https: { certificate: 'trusted', alpn: ['http/1.1'], pages: { '/': GEO_REFUSAL_PAGE } },
          },
        },
      },
    ],
    censor: [],
    expect: ACCESSIBLE,
  },
  {
    name: 'cdn-other-addresses',
    truth: 'benign',
    title: 'The resolver gives other addresses than everybody else gets; the certificate holds there too.',
    target: 'https://wide-network.example/',
    sites: [
      {
        ...httpsSite('wide-network.example', '11.32.0.10', frontPage('Wide network')),
        addresses: ['11.32.0.10', '11.32.0.99'],
      },
    ],
    censor: [
      { on: 'name', match: 'wide-network.example', action: { kind: 'answer', addresses: ['11.32.0.99'] } },
    ],
    secondOpinion: [
      { on: 'name', match: 'wide-network.example', action: { kind: 'answer', addresses: ['11.32.0.10'] } },
    ],
    outsideNames: [
      { on: 'name', match: 'wide-network.example', action: { kind: 'answer', addresses: ['11.32.0.10'] } },
    ],
    expect: ACCESSIBLE,
  },
  {
    name: 'hosts-file',
    truth: 'benign',
    title: 'The hosts file of the device, not the network, leads the name astray.',
    target: 'https://game-shop.example/',
    sites: [httpsSite('game-shop.example', '11.49.0.10', frontPage('Game shop'))],
    censor: [],
    line: { hostsFile: { 'game-shop.example': ['127.0.0.1'] } },
    expect: { outcome: 'local', layer: null, method: null, cause: 'hosts_file' },
  },
  {
    name: 'captive-portal-spares-control',
    truth: 'benign',
    title: 'A log-in page that answers with its private address and leaves the control’s port alone.',
    target: 'https://river-ferry.example/',
    sites: [
      {
        host: 'river-ferry.example',
        addresses: ['11.77.0.10'],
        state: 'up',
        http: frontPage('River ferry'),
        https: { certificate: 'trusted', alpn: ['h2', 'http/1.1'], pages: frontPage('River ferry') },
      },
    ],
    censor: [
      { on: 'name', match: '*', action: { kind: 'answer', addresses: ['10.77.0.1'] } },
      // The control's own name in this lab.
      { on: 'host', match: '127.0.0.1', action: { kind: 'pass' } },
      { on: 'host', match: '*', action: { kind: 'inject', response: LOGIN_REDIRECT_PAGE } },
      { on: 'sni', match: '*', action: { kind: 'reset' } },
    ],
    expect: { outcome: 'local', layer: null, method: null, cause: 'captive_portal' },
  },
  {
    name: 'control-told-451-plain',
    truth: 'benign',
    title: 'The origin refuses the control’s country with 451 over plain HTTP and shows its page here.',
    target: 'http://seed-shop.example/',
    sites: [
      {
        host: 'seed-shop.example',
        addresses: ['11.119.3.10'],
        state: 'up',
        http: frontPage('Seed shop'),
        to: { outside: { http: { '/': ORIGIN_451_PAGE } } },
      },
    ],
    censor: [],
    expect: { outcome: 'insufficient', layer: null, method: null, cause: 'control_refused' },
  },
];
