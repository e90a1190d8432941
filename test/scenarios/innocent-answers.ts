/** Wrong answers and pages that nobody on the path is to blame for, and what a careless rule would accuse them of. */
import { ACCESSIBLE, down, httpSite, httpsSite, local, site, suspected } from './builders.ts';
import { frontPage, LAB_NOTICES_ADDRESS, UNKNOWN_BLOCKPAGE } from './pages.ts';
import type { NameRule, Scenario } from './scenario.ts';

/** RFC 8914. */
const EDE_FILTERED = 17;
const YANDEX_FAMILY = { address: '77.88.8.7', cc: 'RU', asn: 13_238 } as const;

const answer = (match: string, ...addresses: string[]): NameRule => ({
  on: 'name',
  match,
  action: { kind: 'answer', addresses },
});
const denied = (match: string, extendedError?: number): NameRule => ({
  on: 'name',
  match,
  action: { kind: 'nxdomain' },
  ...(extendedError === undefined ? {} : { extendedError }),
});

export const INNOCENT_ANSWERS: readonly Scenario[] = [
  {
    name: 'site-moved-new-tenant',
    truth: 'benign',
    title: 'The site has moved; the resolver has the old address, where another site stands now.',
    target: 'https://reed-press.example/',
    sites: [
      site('reed-press.example', '11.133.1.10'),
      httpsSite('new-tenant.example', '11.133.1.66', frontPage('New tenant')),
    ],
    censor: [answer('reed-press.example', '11.133.1.66')],
    listed: ['https://reed-press.example/'],
    diaryNames: [answer('reed-press.example', '11.133.1.66')],
    expect: down('site_moved'),
  },
  {
    name: 'site-moved-hosters-page',
    truth: 'benign',
    title: 'The same over plain HTTP: at the old address a hoster shows one page for every name.',
    target: 'http://willow-press.example/',
    sites: [
      httpSite('willow-press.example', '11.133.2.10', frontPage('Willow press')),
      httpSite('hoster-page.example', '11.133.2.66', { '/': UNKNOWN_BLOCKPAGE }),
    ],
    censor: [answer('willow-press.example', '11.133.2.66')],
    listed: ['http://willow-press.example/'],
    diaryNames: [answer('willow-press.example', '11.133.2.66')],
    expect: down('site_moved'),
  },
  {
    name: 'wildcard-zone-bad-edge',
    truth: 'undecidable',
    title:
      'A zone answers for every name below it, by country; the edge for this one shows the CDN’s certificate.',
    target: 'https://far-steppe.example/',
    sites: [
      site('far-steppe.example', ['11.133.3.11', '11.133.3.12']),
      httpsSite('edges.cdn-lab.example', '11.133.3.10', frontPage('Edges')),
    ],
    censor: [answer('*.far-steppe.example', '11.133.3.10')],
    secondOpinion: [answer('*.far-steppe.example', '11.133.3.11')],
    outsideNames: [answer('*.far-steppe.example', '11.133.3.12')],
    expect: suspected('dns.wrong_address'),
  },
  {
    name: 'dns-family-filter-own-address',
    truth: 'benign',
    title: 'A family filter gives an address of its own, which answers nobody.',
    target: 'https://poker-table.example/',
    sites: [site('poker-table.example', '11.133.4.10')],
    censor: [answer('poker-table.example', '11.133.4.66')],
    line: { resolver: YANDEX_FAMILY },
    expect: local('resolver_filter'),
  },
  {
    name: 'dns-family-filter-notice-page',
    truth: 'benign',
    title: 'A family filter leads to its notice, over plain HTTP.',
    target: 'http://roulette-table.example/',
    sites: [
      httpSite('roulette-table.example', '11.133.5.10', frontPage('Roulette table')),
      httpSite('filter-notice.example', '11.133.5.66', { '/': UNKNOWN_BLOCKPAGE }),
    ],
    censor: [answer('roulette-table.example', '11.133.5.66')],
    line: { resolver: YANDEX_FAMILY },
    expect: local('resolver_filter'),
  },
  {
    name: 'own-network-says-it-filters',
    truth: 'undecidable',
    title:
      'A resolver that asks from the network itself says “filtered”: the operator’s, or a sinkhole at home.',
    target: 'https://banner-farm.example/',
    sites: [site('banner-farm.example', '11.133.6.10')],
    censor: [denied('banner-farm.example', EDE_FILTERED)],
    expect: suspected('dns.nxdomain'),
  },
  {
    name: 'hosts-file-and-denial',
    truth: 'undecidable',
    title: 'The device has an entry of its own, 127.0.0.1; the resolver denies the name.',
    target: 'https://counter-pixel.example/',
    sites: [site('counter-pixel.example', '11.133.7.10')],
    censor: [denied('counter-pixel.example')],
    line: { hostsFile: { 'counter-pixel.example': ['127.0.0.1'] } },
    expect: local('hosts_file'),
  },
  {
    name: 'captive-portal-one-page-control-open',
    truth: 'benign',
    title:
      'A log-in page of status 200 for every name over plain HTTP, no TLS at all; the control is let through.',
    target: 'http://ice-rink.example/',
    sites: [site('ice-rink.example', '11.133.8.10')],
    censor: [
      // The control's own name in this lab.
      { on: 'host', match: '127.0.0.1', action: { kind: 'pass' } },
      { on: 'host', match: '*', action: { kind: 'inject', response: UNKNOWN_BLOCKPAGE } },
      { on: 'sni', match: '*', action: { kind: 'reset' } },
    ],
    expect: local('captive_portal'),
  },
  {
    name: 'site-at-address-on-record',
    truth: 'benign',
    title: 'The operator’s own site of notices has an address on record as a block page’s, for everybody.',
    target: 'http://notices.operator-lab.example/',
    sites: [site('notices.operator-lab.example', LAB_NOTICES_ADDRESS)],
    censor: [],
    expect: ACCESSIBLE,
  },
];
