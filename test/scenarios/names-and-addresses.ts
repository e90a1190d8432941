/** What resolvers and addresses do: lies, filters of one's own choosing, faults, silence shared by many. */
import {
  ACCESSIBLE,
  down,
  httpSite,
  httpsSite,
  INSUFFICIENT,
  interfered,
  local,
  site,
  suspected,
} from './builders.ts';
import { frontPage, UNKNOWN_BLOCKPAGE } from './pages.ts';
import type { CensorRule, NameRule, Scenario } from './scenario.ts';

const DOH_ADDRESS = '11.255.0.1';
/** Numbers for documentation (RFC 5398). */
const FILTER_ASN = 64_501;
/** RFC 8914. */
const EDE_FILTERED = 17;

const name = (match: string, action: NameRule['action'], rest: Partial<NameRule> = {}): NameRule => ({
  on: 'name',
  match,
  action,
  ...rest,
});
const address = (match: string, kind: 'drop' | 'refuse' | 'unreachable' | 'reset'): CensorRule => ({
  on: 'address',
  match,
  action: { kind },
});
const answer = (match: string, ...addresses: string[]): NameRule =>
  name(match, { kind: 'answer', addresses });

const RESOLVERS: readonly Scenario[] = [
  {
    name: 'dns-lie-honest-doh',
    truth: 'interference',
    title:
      'The resolver sends the name, and all below it, to an unrelated server; the encrypted resolver doesn’t.',
    target: 'https://free-pasture.example/',
    sites: [
      site('free-pasture.example', '11.110.1.10'),
      httpsSite('unrelated-host.example', '11.110.1.66', frontPage('Unrelated')),
    ],
    censor: [answer('*.free-pasture.example', '11.110.1.66')],
    expect: interfered('dns.wrong_address'),
  },
  {
    name: 'dns-lie-exact-name',
    truth: 'interference',
    title: 'The same for the exact name only: the answers merely differ.',
    target: 'https://lone-pasture.example/',
    sites: [
      site('lone-pasture.example', '11.110.2.10'),
      httpsSite('unrelated-two.example', '11.110.2.66', frontPage('Unrelated')),
    ],
    censor: [answer('lone-pasture.example', '11.110.2.66')],
    expect: suspected('dns.wrong_address'),
  },
  {
    name: 'dns-denied-doh-blocked',
    truth: 'interference',
    title: 'The resolver denies the name, and the encrypted resolver can’t be reached.',
    target: 'https://two-locks.example/',
    sites: [site('two-locks.example', '11.110.3.10')],
    censor: [name('*.two-locks.example', { kind: 'nxdomain' }), address(DOH_ADDRESS, 'refuse')],
    expect: suspected('dns.nxdomain'),
  },
  {
    name: 'dns-empty-answer',
    truth: 'interference',
    title: 'The resolver says that the name has no address.',
    target: 'https://empty-chair.example/',
    sites: [site('empty-chair.example', '11.110.4.10')],
    censor: [name('empty-chair.example', { kind: 'no_answer' })],
    expect: interfered('dns.no_answer'),
  },
  {
    name: 'dns-servfail',
    truth: 'interference',
    title: 'The resolver fails for this name; so would one that the site’s own servers turn away.',
    target: 'https://broken-lyre.example/',
    sites: [site('broken-lyre.example', '11.110.5.10')],
    censor: [name('broken-lyre.example', { kind: 'servfail' })],
    expect: suspected('dns.servfail'),
  },
  {
    name: 'dns-refused',
    truth: 'interference',
    title: 'The resolver refuses to speak of this name, and of no other.',
    target: 'https://refused-word.example/',
    sites: [site('refused-word.example', '11.110.6.10')],
    censor: [name('refused-word.example', { kind: 'refused' })],
    expect: interfered('dns.refused'),
  },
  {
    name: 'dns-silence-for-name',
    truth: 'interference',
    title: 'Questions for this name stay unanswered.',
    target: 'https://no-reply.example/',
    sites: [site('no-reply.example', '11.110.7.10')],
    censor: [name('no-reply.example', { kind: 'silence' })],
    expect: suspected('dns.timeout'),
  },
  {
    name: 'dns-injected-denial-ghost',
    truth: 'interference',
    title: 'A forged address overtakes the true word that the name does not exist.',
    target: 'http://forgotten-club.example/',
    sites: [httpSite('page.closed-lab.example', '11.110.8.66', { '/': UNKNOWN_BLOCKPAGE })],
    censor: [name('forgotten-club.example', { kind: 'race', addresses: ['11.110.8.66'] })],
    expect: interfered('dns.injection'),
  },
  {
    name: 'dns-injected-public-address',
    truth: 'interference',
    title: 'A forged reply with a public address overtakes the true one.',
    target: 'https://overtaken.example/',
    sites: [
      site('overtaken.example', '11.110.9.10'),
      httpsSite('other-holder.example', '11.110.9.66', frontPage('Other holder')),
    ],
    censor: [name('overtaken.example', { kind: 'race', addresses: ['11.110.9.66'] })],
    expect: interfered('dns.injection'),
  },
  {
    name: 'dns-everything-fails',
    truth: 'benign',
    title: 'The resolver fails for every name.',
    target: 'https://corner-shop.example/',
    sites: [site('corner-shop.example', '11.110.10.10')],
    censor: [name('*', { kind: 'servfail' })],
    expect: local('resolver_broken'),
  },
  {
    name: 'dns-servfail-for-everybody',
    truth: 'benign',
    title: 'The site’s zone is broken: every resolver fails.',
    target: 'https://broken-zone.example/',
    sites: [site('broken-zone.example', '11.110.11.10')],
    censor: [name('broken-zone.example', { kind: 'servfail' })],
    secondOpinion: [name('broken-zone.example', { kind: 'servfail' })],
    outsideNames: [name('broken-zone.example', { kind: 'servfail' })],
    expect: down('site_down'),
  },
  {
    name: 'dns-family-filter-denies',
    truth: 'benign',
    title: 'The device asks a family filter of its own choosing, which denies the name.',
    target: 'https://card-games.example/',
    sites: [site('card-games.example', '11.110.12.10')],
    censor: [name('card-games.example', { kind: 'nxdomain' })],
    line: { resolver: { address: '1.1.1.3', cc: 'US', asn: 13_335 } },
    expect: local('resolver_filter'),
  },
  {
    name: 'dns-family-filter-null-address',
    truth: 'benign',
    title: 'The same with the null address that such filters give.',
    target: 'https://dice-games.example/',
    sites: [site('dice-games.example', '11.110.13.10')],
    censor: [answer('dice-games.example', '0.0.0.0')],
    line: { resolver: { address: '94.140.14.15', cc: 'CY', asn: 212_772 } },
    expect: local('resolver_filter'),
  },
  {
    name: 'dns-filter-of-another-network',
    truth: 'benign',
    title: 'A resolver that belongs to another network says that it filters (RFC 8914).',
    target: 'https://board-games.example/',
    sites: [site('board-games.example', '11.110.14.10')],
    censor: [name('board-games.example', { kind: 'nxdomain' }, { extendedError: EDE_FILTERED })],
    line: { resolver: { address: '11.110.14.53', cc: 'DE', asn: FILTER_ASN } },
    expect: local('resolver_filter'),
  },
  {
    name: 'dns-suspended-but-cached',
    truth: 'benign',
    title: 'The registry has taken the name off; the encrypted resolver has it cached.',
    target: 'https://unpaid-domain.example/',
    sites: [{ ...site('unpaid-domain.example', '11.110.15.10'), suspended: true }],
    censor: [name('unpaid-domain.example', { kind: 'nxdomain' })],
    outsideNames: [name('unpaid-domain.example', { kind: 'nxdomain' })],
    expect: down('domain_suspended'),
  },
  {
    name: 'dns-resolver-invents-for-everything',
    truth: 'benign',
    title: 'The resolver gives its own search page for every name that does not exist, this one among them.',
    target: 'http://mistyped-name.example/',
    sites: [httpSite('search.operator-pages.example', '11.110.16.66', frontPage('Did you mean'))],
    censor: [
      name('search.operator-pages.example', { kind: 'pass' }),
      name('mirror.example', { kind: 'pass' }),
      name('second-opinion.example', { kind: 'pass' }),
      answer('*', '11.110.16.66'),
    ],
    expect: down('domain_suspended'),
  },
  {
    name: 'site-moved-stale-resolver',
    truth: 'benign',
    title: 'The site has moved; the resolver still has the old address, which refuses everybody.',
    target: 'https://new-office.example/',
    sites: [
      site('new-office.example', '11.110.17.10'),
      { host: 'former-office.example', addresses: ['11.110.17.66'], state: 'refused' },
    ],
    censor: [answer('new-office.example', '11.110.17.66')],
    listed: ['https://new-office.example/'],
    diaryNames: [answer('new-office.example', '11.110.17.66')],
    expect: down('site_moved'),
  },
];

const shared = (n: number, hosts: readonly string[]): Scenario['sites'] =>
  hosts.map((host) => httpsSite(host, `11.111.${n}.10`, frontPage(host)));
const listed = (hosts: readonly string[]): readonly string[] => hosts.map((host) => `https://${host}/`);

const COLLATERAL = ['shelter.example', 'bakery-north.example', 'chess-school.example', 'bus-museum.example'];
const TWO = ['wool-trade.example', 'felt-trade.example', 'loom-trade.example'];
const ONE_OWNER = [
  'chain-store.example',
  'a.big-holder.example',
  'b.big-holder.example',
  'c.big-holder.example',
];

const ADDRESSES: readonly Scenario[] = [
  {
    name: 'address-silent-with-siblings',
    truth: 'interference',
    title: 'The address is silent from here, and with it three sites of other people.',
    target: `https://${COLLATERAL[0]}/`,
    sites: shared(1, COLLATERAL),
    censor: [address('11.111.1.10', 'drop')],
    listed: listed(COLLATERAL),
    needs: ['silence'],
    expect: interfered('tcp.timeout', { evidence: 'strong', scope: 'address' }),
  },
  {
    name: 'address-refuses-with-siblings',
    truth: 'interference',
    title: 'The same with a refusal.',
    target: 'https://honey-fair.example/',
    sites: shared(2, ['honey-fair.example', 'glass-works.example', 'ski-club.example', 'choir.example']),
    censor: [address('11.111.2.10', 'refuse')],
    listed: listed(['glass-works.example', 'ski-club.example', 'choir.example']),
    expect: interfered('tcp.refused', { scope: 'address' }),
  },
  {
    name: 'address-silent-two-siblings',
    truth: 'undecidable',
    title: 'Two other sites are too few to exclude that one operator chose it.',
    target: `https://${TWO[0]}/`,
    sites: shared(3, TWO),
    censor: [address('11.111.3.10', 'drop')],
    listed: listed(TWO),
    needs: ['silence'],
    expect: suspected('tcp.timeout'),
  },
  {
    name: 'address-silent-one-owner',
    truth: 'undecidable',
    title: 'Three other sites, all of one owner.',
    target: `https://${ONE_OWNER[0]}/`,
    sites: shared(4, ONE_OWNER),
    censor: [address('11.111.4.10', 'drop')],
    listed: listed(ONE_OWNER),
    needs: ['silence'],
    expect: suspected('tcp.timeout'),
  },
  {
    name: 'address-unreachable',
    truth: 'interference',
    title: 'A router on the path says that the address can’t be reached.',
    target: 'https://far-meadow.example/',
    sites: [site('far-meadow.example', '11.111.5.10')],
    censor: [address('11.111.5.10', 'unreachable')],
    needs: ['icmp'],
    expect: suspected('tcp.unreachable'),
  },
  {
    name: 'address-resets',
    truth: 'interference',
    title: 'Connections to the address are reset at the first byte, whatever they carry.',
    target: 'https://cut-thread.example/',
    sites: [site('cut-thread.example', '11.111.6.10')],
    censor: [address('11.111.6.10', 'reset')],
    expect: suspected('tls.sni_reset'),
  },
  {
    name: 'one-family-blocked',
    truth: 'undecidable',
    title: 'The IPv4 address is silent from here; over IPv6 the site is there.',
    target: 'https://other-door.example/',
    sites: [site('other-door.example', ['11.111.7.10', '3ffe:111:7::10'])],
    censor: [address('11.111.7.10', 'drop')],
    needs: ['silence'],
    expect: ACCESSIBLE,
  },
  {
    name: 'origin-firewall-drops-country',
    truth: 'undecidable',
    title: 'The origin’s own firewall drops this country: from here it looks like a block.',
    target: 'https://seed-bank.example/',
    sites: [
      {
        ...httpsSite('seed-bank.example', '11.111.8.10', frontPage('Seed bank')),
        to: { client: { state: 'silent' } },
      },
    ],
    censor: [],
    needs: ['silence'],
    expect: suspected('tcp.timeout'),
  },
  {
    name: 'down-everywhere-silent',
    truth: 'benign',
    title: 'A server in the country answers nobody, here or abroad.',
    target: 'https://district-hospital.example/',
    sites: [
      {
        ...httpsSite('district-hospital.example', '11.111.9.10', frontPage('District hospital')),
        state: 'silent',
        network: { cc: 'KZ', asn: 9_198 },
      },
    ],
    censor: [],
    needs: ['silence'],
    expect: down('down_hosted_in_kz'),
  },
  {
    name: 'down-everywhere-abroad',
    truth: 'benign',
    title: 'A server abroad answers nobody.',
    target: 'https://harbour-news.example/',
    sites: [
      {
        ...httpsSite('harbour-news.example', '11.111.11.10', frontPage('Harbour news')),
        state: 'silent',
        network: { cc: 'NL', asn: 9_009 },
      },
    ],
    censor: [],
    needs: ['silence'],
    expect: down('site_down'),
  },
  {
    name: 'whitelist-phase',
    truth: 'interference',
    title:
      'Only a few addresses inside the country answer; nothing outside, control and reflector included, can be asked.',
    target: 'https://world-radio.example/',
    sites: [site('world-radio.example', '11.111.10.10'), site('home-bank.example', '11.111.10.20')],
    censor: [
      { on: 'address', match: '11.111.10.20', action: { kind: 'pass' } },
      { on: 'address', match: '*', action: { kind: 'drop' } },
    ],
    needs: ['silence'],
    expect: INSUFFICIENT,
  },
];

export const NAMES_AND_ADDRESSES: readonly Scenario[] = [...RESOLVERS, ...ADDRESSES];
