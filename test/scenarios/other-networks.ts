/** One address, seen from networks of different owners. */
import { httpsSite, interfered, suspected } from './builders.ts';
import { LAB_RIVAL, LAB_TELECOM, LAB_TELECOM_TOO } from './networks.ts';
import { frontPage } from './pages.ts';
import type { Scenario } from './scenario.ts';

export const OTHER_NETWORKS: readonly Scenario[] = [
  {
    name: 'address-silent-on-one-network',
    truth: 'interference',
    title: 'One operator drops the address; a subscriber of another gets the page from it within the hour.',
    target: 'https://mountain-echo.example/',
    sites: [httpsSite('mountain-echo.example', '11.111.20.10', frontPage('Mountain echo'))],
    censor: [{ on: 'address', match: '11.111.20.10', action: { kind: 'drop' } }],
    line: { network: LAB_TELECOM },
    probes: 2,
    sideBySide: true,
    elsewhere: [{ network: LAB_RIVAL, free: true }],
    needs: ['silence'],
    expect: suspected('tcp.timeout'),
    expectTogether: interfered('tcp.timeout', { evidence: 'confirmed', scope: 'address' }),
  },
  {
    name: 'address-refuses-on-one-network',
    truth: 'interference',
    title:
      'The same with a refusal, which looks like one port that is punished: not told apart, so nobody is accused.',
    target: 'https://valley-echo.example/',
    sites: [httpsSite('valley-echo.example', '11.111.21.10', frontPage('Valley echo'))],
    censor: [{ on: 'address', match: '11.111.21.10', action: { kind: 'refuse' } }],
    line: { network: LAB_TELECOM },
    probes: 2,
    elsewhere: [{ network: LAB_RIVAL, free: true }],
    expect: suspected('tcp.refused'),
    expectTogether: suspected('tcp.refused'),
  },
  {
    name: 'address-punished-for-neighbour',
    truth: 'undecidable',
    title:
      'Neighbours behind the same public address say a blocked name at this address without end, and the path punishes all of them at its port 443.',
    target: 'https://desert-echo.example/',
    sites: [httpsSite('desert-echo.example', '11.111.24.10', frontPage('Desert echo'))],
    censor: [{ on: 'address', match: '11.111.24.10', port: 443, action: { kind: 'drop' } }],
    line: { network: LAB_TELECOM },
    probes: 2,
    sideBySide: true,
    elsewhere: [{ network: LAB_RIVAL, free: true }],
    needs: ['silence'],
    expect: suspected('tcp.timeout'),
    expectTogether: suspected('tcp.timeout'),
  },
  {
    name: 'address-silent-on-one-network-of-two',
    truth: 'undecidable',
    title: 'Another network of the same owner reaches the address: his own fault may be in one of them.',
    target: 'https://river-echo.example/',
    sites: [httpsSite('river-echo.example', '11.111.22.10', frontPage('River echo'))],
    censor: [{ on: 'address', match: '11.111.22.10', action: { kind: 'drop' } }],
    line: { network: LAB_TELECOM },
    probes: 2,
    sideBySide: true,
    elsewhere: [{ network: LAB_TELECOM_TOO, free: true }],
    needs: ['silence'],
    expect: suspected('tcp.timeout'),
    expectTogether: suspected('tcp.timeout'),
  },
  {
    name: 'origin-drops-country-two-networks',
    truth: 'undecidable',
    title: 'The origin drops the whole country: subscribers of two operators see the same.',
    target: 'https://far-orchard.example/',
    sites: [
      {
        ...httpsSite('far-orchard.example', '11.111.23.10', frontPage('Far orchard')),
        to: { client: { state: 'silent' } },
      },
    ],
    censor: [],
    line: { network: LAB_TELECOM },
    probes: 2,
    sideBySide: true,
    elsewhere: [{ network: LAB_RIVAL }],
    needs: ['silence'],
    expect: suspected('tcp.timeout'),
    expectTogether: suspected('tcp.timeout'),
  },
];
