import {
  frontPage,
  INJECTED_BLOCKPAGE,
  LAB_BLOCKPAGE_ADDRESS,
  redirectPage,
  UNKNOWN_BLOCKPAGE,
} from './pages.ts';
import type { Scenario, Site, SniRule } from './scenario.ts';

/** RFC 8446 section 6.2. */
const ALERT_ACCESS_DENIED = 49;

function site(host: string, address: string, title: string): Site {
  return {
    host,
    addresses: [address],
    state: 'up',
    http: frontPage(title),
    https: { certificate: 'trusted', alpn: ['http/1.1'], pages: frontPage(title) },
  };
}

function sniScenario(
  name: string,
  title: string,
  host: string,
  address: string,
  action: SniRule['action'],
): Omit<Scenario, 'expect'> {
  const sites = [site(host, address, host)];
  return {
    name,
    truth: 'interference',
    title,
    target: `https://${host}/`,
    sites,
    censor: [{ on: 'sni', match: host, action }],
  };
}

function hostScenario(name: string, title: string, host: string, address: string, kind: HostKind): Scenario {
  return {
    name,
    truth: 'interference',
    title,
    target: `http://${host}/`,
    sites: [site(host, address, host)],
    censor: [{ on: 'host', match: host, action: { kind } }],
    expect: { outcome: 'interfered', layer: 'http', method: HOST_METHOD[kind], cause: null },
  };
}
type HostKind = 'drop' | 'reset' | 'close';
const HOST_METHOD = {
  drop: 'http.host_timeout',
  reset: 'http.host_reset',
  close: 'http.host_close',
} as const;

/** Interference beyond the first table, for the rules that follow. */
export const INTERFERENCE: readonly Scenario[] = [
  {
    ...sniScenario(
      'tls-sni-close',
      'The connection is closed after a ClientHello that carries the name.',
      'river-rights.example',
      '11.40.0.10',
      { kind: 'close' },
    ),
    expect: { outcome: 'interfered', layer: 'tls', method: 'tls.sni_close', cause: null },
  },
  {
    ...sniScenario(
      'tls-alert',
      'A forged TLS alert answers a ClientHello that carries the name.',
      'wind-reports.example',
      '11.41.0.10',
      { kind: 'alert', description: ALERT_ACCESS_DENIED },
    ),
    expect: { outcome: 'interfered', layer: 'tls', method: 'tls.alert', cause: null },
  },
  {
    name: 'tls-split-passes',
    truth: 'interference',
    title: 'The box looks at the first segment only: a split ClientHello gets through.',
    target: 'https://lake-protest.example/',
    sites: [site('lake-protest.example', '11.42.0.10', 'Lake protest')],
    censor: [{ on: 'sni', match: 'lake-protest.example', reassembles: false, action: { kind: 'drop' } }],
    expect: {
      outcome: 'interfered',
      layer: 'tls',
      method: 'tls.sni_timeout',
      cause: null,
      evidence: 'confirmed',
    },
  },
  hostScenario(
    'http-host-reset',
    'A reset after the Host header.',
    'hill-radio.example',
    '11.43.0.10',
    'reset',
  ),
  hostScenario(
    'http-host-timeout',
    'Silence after the Host header.',
    'salt-lake.example',
    '11.44.0.10',
    'drop',
  ),
  hostScenario(
    'http-host-close',
    'Closed after the Host header.',
    'east-gate.example',
    '11.45.0.10',
    'close',
  ),
  {
    name: 'dns-injection-race',
    truth: 'interference',
    title: 'A forged reply overtakes the true one.',
    target: 'https://night-watch.example/',
    sites: [site('night-watch.example', '11.46.0.10', 'Night watch')],
    censor: [
      { on: 'name', match: 'night-watch.example', action: { kind: 'race', addresses: ['10.66.0.2'] } },
    ],
    expect: { outcome: 'interfered', layer: 'dns', method: 'dns.injection', cause: null },
  },
  {
    name: 'redirect-then-sni-reset',
    truth: 'interference',
    title: 'The site redirects everybody to another host, whose name is reset.',
    target: 'https://short-link.example/',
    sites: [
      {
        host: 'short-link.example',
        addresses: ['11.47.0.10'],
        state: 'up',
        https: {
          certificate: 'trusted',
          alpn: ['http/1.1'],
          pages: redirectPage('https://long-story.example/', 302),
        },
      },
      site('long-story.example', '11.47.0.11', 'Long story'),
    ],
    censor: [{ on: 'sni', match: 'long-story.example', action: { kind: 'reset' } }],
    expect: { outcome: 'interfered', layer: 'tls', method: 'tls.sni_reset', cause: null },
  },
  {
    name: 'dns-blockpage',
    truth: 'interference',
    title: 'The resolver answers with the address of a page that says the site is blocked.',
    target: 'http://old-songs.example/',
    sites: [
      site('old-songs.example', '11.48.0.10', 'Old songs'),
      {
        host: 'notice.operator-lab.example',
        addresses: ['11.48.0.66'],
        state: 'up',
        http: { '/': INJECTED_BLOCKPAGE },
      },
    ],
    censor: [
      { on: 'name', match: 'old-songs.example', action: { kind: 'answer', addresses: ['11.48.0.66'] } },
    ],
    expect: { outcome: 'interfered', layer: 'http', method: 'http.blockpage', cause: null },
  },
  {
    name: 'dns-address-on-record',
    truth: 'interference',
    title:
      'The resolver answers with an address on record as a block page’s, where nothing answers over TLS.',
    target: 'https://new-songs.example/',
    sites: [
      site('new-songs.example', '11.48.1.10', 'New songs'),
      {
        host: 'stop.operator-lab.example',
        addresses: [LAB_BLOCKPAGE_ADDRESS],
        state: 'up',
        http: { '/': UNKNOWN_BLOCKPAGE },
      },
    ],
    censor: [
      {
        on: 'name',
        match: 'new-songs.example',
        action: { kind: 'answer', addresses: [LAB_BLOCKPAGE_ADDRESS] },
      },
    ],
    expect: {
      outcome: 'interfered',
      layer: 'dns',
      method: 'dns.blockpage_address',
      cause: null,
      evidence: 'confirmed',
    },
  },
  {
    name: 'http-blockpage-of-equal-length',
    truth: 'interference',
    title: 'A page without a title is replaced by another one, as long and without a title too.',
    target: 'http://reed-flute.example/',
    sites: [
      {
        host: 'reed-flute.example',
        addresses: ['11.119.1.10'],
        state: 'up',
        http: { '/': { status: 200, headers: [], body: 'notes for the flute; '.repeat(100) } },
      },
    ],
    censor: [
      {
        on: 'host',
        match: 'reed-flute.example',
        action: {
          kind: 'inject',
          response: { status: 200, headers: [], body: 'closed by order here '.repeat(100) },
        },
      },
    ],
    expect: { outcome: 'interfered', layer: 'http', method: 'http.blockpage', cause: null },
  },
  {
    name: 'sni-reset-on-one-path-bad-certificate',
    truth: 'interference',
    title: 'The name is reset on the way to this site only, whose certificate has expired for everybody.',
    target: 'https://old-ferry.example/',
    sites: [
      {
        host: 'old-ferry.example',
        addresses: ['11.119.2.10'],
        state: 'up',
        https: { certificate: 'expired', alpn: ['http/1.1'], pages: frontPage('Old ferry') },
      },
    ],
    censor: [{ on: 'sni', match: 'old-ferry.example', at: '11.119.2.10', action: { kind: 'reset' } }],
    expect: {
      outcome: 'interfered',
      layer: 'tls',
      method: 'tls.sni_reset',
      cause: null,
      evidence: 'strong',
    },
  },
];
