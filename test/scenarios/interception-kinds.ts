/** Interception in the ways that were seen, the next one that nobody has seen, and what only looks like it. */
import { ACCESSIBLE, down, httpsSite } from './builders.ts';
import { BY_STRANGER, EVERYTHING, forgedBy, interceptBy, intercepted } from './interception-builders.ts';
import { frontPage } from './pages.ts';
import type { Scenario } from './scenario.ts';

const REFLECTOR = 'mirror.example';

const GENERATIONS: readonly Scenario[] = [
  intercepted(
    7,
    'forged-as-in-2019',
    'Leaf copied from the origin, an intermediate of three years and the root sent; listed names at trusted destinations.',
    { authority: 'known', onlyTrustedOrigin: true },
    {
      expect: forgedBy('known', { trigger: 'sni', sparesUntrusted: true }),
      expectEvent: { decision: 'interference', reason: 'known_authority', authority: 'known' },
    },
  ),
  intercepted(
    8,
    'forged-as-in-2020',
    'A root on record signs the leaf itself; another root on record bears the same name.',
    { authority: 'known_2020' },
    {
      expect: forgedBy('known_2020', { trigger: 'sni' }),
      expectEvent: { decision: 'interference', reason: 'known_authority', authority: 'known_2020' },
    },
  ),
  intercepted(
    1,
    'forged-by-expired-intermediate',
    'As from 2021 to 2024: an intermediate of 75 days that has expired signs; its root is on record and not sent.',
    { authority: 'known_2021' },
    {
      expect: forgedBy('known_2021', { trigger: 'sni' }),
      expectEvent: { decision: 'interference', reason: 'known_authority', authority: 'known_2021' },
    },
  ),
  intercepted(
    4,
    'forged-in-borrowed-names',
    'Somebody uses the names of a root on record with a key of their own.',
    { authority: 'imitation' },
    { expect: forgedBy('imitates') },
  ),
];

const expiredSite = httpsSite('forged-over-expired.example', '11.114.9.10', frontPage('Old mill'), 'expired');
const bothFamilies = httpsSite('forged-on-v4-only.example', '11.114.10.10', frontPage('Two roads in'));

const WAYS: readonly Scenario[] = [
  intercepted(
    3,
    'forged-for-trusted-only',
    'A stranger wants a listed name and a destination that browsers trust.',
    { authority: 'unknown', onlyTrustedOrigin: true },
    {
      expect: forgedBy('unknown', { trigger: 'sni', sparesUntrusted: true }),
    },
  ),
  intercepted(
    11,
    'forged-at-one-address',
    'A stranger opens every connection to one address, whatever name is said there, or none.',
    { authority: 'unknown' },
    { rule: { ...EVERYTHING, at: '11.114.11.10' }, expect: forgedBy('unknown', { trigger: 'address' }) },
  ),
  intercepted(
    12,
    'forged-everywhere',
    'A root on record signs for every connection.',
    { authority: 'known' },
    { rule: EVERYTHING, expect: forgedBy('known', { trigger: 'everything' }) },
  ),
  intercepted(
    9,
    'forged-over-expired',
    'The certificate of the origin has expired; what is shown here is another, under a root on record.',
    { authority: 'known_2020' },
    { sites: [expiredSite], expect: forgedBy('known_2020') },
  ),
  intercepted(
    10,
    'forged-on-v4-only',
    'The interceptor stands on the IPv4 path only.',
    { authority: 'known' },
    {
      sites: [{ ...bothFamilies, addresses: ['11.114.10.10', '3ffe:114:10::10'] }],
      rule: { family: 4 },
      expect: forgedBy('known'),
    },
  ),
  intercepted(
    13,
    'forged-one-in-five',
    'One connection in five takes a path with an interceptor on it.',
    { authority: 'known' },
    { rule: { every: 5 }, expect: forgedBy('known') },
  ),
  intercepted(
    14,
    'forged-for-our-server-too',
    'A stranger wants the site’s name and our own server’s.',
    { authority: 'unknown' },
    {
      censor: ['forged-for-our-server-too.example', REFLECTOR].map((match) => ({
        on: 'sni',
        match,
        action: interceptBy({ authority: 'unknown' }),
      })),
      expect: BY_STRANGER,
    },
  ),
];

/** Names that one run is asked for, and how many of them are intercepted. */
const RUN_NAMES = 20;
const RUN_FORGED = 3;
const hostOfRun = (i: number): string => `${i < RUN_FORGED ? 'listed' : 'other'}-${i}.of-twenty.example`;

const SEVERAL_NAMES: readonly Scenario[] = [
  {
    name: 'forged-three-of-twenty',
    truth: 'interference',
    title: 'Three of twenty names are intercepted.',
    target: `https://${hostOfRun(0)}/`,
    others: Array.from({ length: RUN_NAMES - 1 }, (_, i) => ({
      target: `https://${hostOfRun(i + 1)}/`,
      expect: i + 1 < RUN_FORGED ? forgedBy('known') : ACCESSIBLE,
    })),
    sites: Array.from({ length: RUN_NAMES }, (_, i) =>
      httpsSite(hostOfRun(i), `11.115.20.${10 + i}`, frontPage(hostOfRun(i))),
    ),
    censor: Array.from({ length: RUN_FORGED }, (_, i) => ({
      on: 'sni',
      match: hostOfRun(i),
      action: interceptBy({ authority: 'known' }),
    })),
    expect: forgedBy('known'),
  },
  {
    name: 'state-pki-on-many-sites',
    truth: 'benign',
    title: 'Six offices use certificates of the state’s ordinary authority, for everybody.',
    target: 'https://office-0.many-offices.example/',
    others: [1, 2, 3, 4, 5].map((i) => ({
      target: `https://office-${i}.many-offices.example/`,
      expect: down('certificate_misconfigured'),
    })),
    sites: [0, 1, 2, 3, 4, 5].map((i) =>
      httpsSite(
        `office-${i}.many-offices.example`,
        `11.115.21.${10 + i}`,
        frontPage(`Office ${i}`),
        'state_pki',
      ),
    ),
    censor: [],
    expect: down('certificate_misconfigured'),
  },
];

const LOOK_ALIKES: readonly Scenario[] = [
  {
    name: 'state-pki-on-a-site',
    truth: 'benign',
    title: 'An office uses a certificate of the state’s ordinary authority, for everybody.',
    target: 'https://tax-forms.example/',
    sites: [httpsSite('tax-forms.example', '11.117.11.10', frontPage('Tax forms'), 'state_pki')],
    censor: [],
    expect: down('certificate_misconfigured'),
  },
  {
    name: 'one-machine-of-five-not-set-up',
    truth: 'benign',
    title: 'One of the machines behind the site’s address shows a certificate that it made itself.',
    target: 'https://five-machines.example/',
    sites: [
      httpsSite('five-machines.example', '11.115.22.10', frontPage('Five machines')),
      httpsSite('not-set-up.five-machines.example', '11.115.22.11', frontPage('It works'), 'self_signed'),
    ],
    censor: [
      {
        on: 'sni',
        match: 'five-machines.example',
        every: 5,
        action: { kind: 'divert', to: 'not-set-up.five-machines.example' },
      },
    ],
    expect: ACCESSIBLE,
  },
  {
    name: 'only-our-server-forged',
    truth: 'undecidable',
    title: 'Our own server’s name is intercepted, the site’s is not.',
    target: 'https://left-alone.example/',
    sites: [httpsSite('left-alone.example', '11.115.23.10', frontPage('Left alone'))],
    censor: [{ on: 'sni', match: REFLECTOR, action: interceptBy({ authority: 'unknown' }) }],
    expect: ACCESSIBLE,
  },
];

export const INTERCEPTION_KINDS: readonly Scenario[] = [
  ...GENERATIONS,
  ...WAYS,
  ...SEVERAL_NAMES,
  ...LOOK_ALIKES,
];
