/** What the device itself believes, and what goes with it from one network to another. */
import { local } from './builders.ts';
import { BY_STRANGER, EVERYTHING, forgedBy, intercepted } from './interception-builders.ts';
import { LAB_RIVAL, LAB_TELECOM, LAB_TELECOM_TOO } from './networks.ts';
import type { EventExpectation, Expectation, Scenario } from './scenario.ts';

const KEPT: Pick<Expectation, 'chains'> = { chains: 'kept' };
const GOES_WITH_DEVICE = local('local_interception');

const IN_STORE: readonly Scenario[] = [
  intercepted(
    2,
    'forged-with-root-installed',
    'The volunteer was made to install the root: the browser is content, this probe is not.',
    { authority: 'known' },
    {
      line: { deviceTrusts: 'known' },
      expect: { ...forgedBy('known'), ...KEPT, inDeviceStore: true },
    },
  ),
  intercepted(
    21,
    'forged-with-strange-root-installed',
    'The volunteer was made to install a root that nobody has on record; it is not sent, and its signature tells it.',
    { authority: 'unknown' },
    {
      line: { deviceTrusts: 'unknown' },
      expect: { ...BY_STRANGER, ...KEPT, inDeviceStore: true, onOtherNetwork: false },
    },
  ),
  intercepted(
    5,
    'antivirus-on-the-device',
    'A security product on the device opens every connection with its own root.',
    { authority: 'product' },
    {
      truth: 'benign',
      rule: EVERYTHING,
      line: { deviceTrusts: 'product' },
      expect: { ...GOES_WITH_DEVICE, chains: 'removed' },
      // Without the chains there is the device's word.
      expectTogether: { ...GOES_WITH_DEVICE, evidence: 'weak' },
    },
  ),
  intercepted(
    15,
    'forged-in-a-products-name',
    'Somebody who wants one name only signs in the name of a security product.',
    { authority: 'product' },
    { expect: { ...BY_STRANGER, ...KEPT, inDeviceStore: false } },
  ),
  intercepted(
    22,
    'all-forged-in-a-products-name',
    'Every connection is opened in the name of a security product, which this device does not trust.',
    { authority: 'product' },
    {
      truth: 'undecidable',
      rule: EVERYTHING,
      expect: { ...BY_STRANGER, ...KEPT, inDeviceStore: false },
    },
  ),
];

/** Two keys of one device are not two people, and the event must not tell that they are one. */
const ONE_DEVICE: EventExpectation = {
  decision: 'open',
  reason: 'one_device_possible',
  authority: 'unknown',
  pseudonyms: 2,
  keptBack: true,
};

const company = (key: string) => ({ authority: 'company', key }) as const;

const FROM_PLACE_TO_PLACE: readonly Scenario[] = [
  intercepted(
    23,
    'root-goes-with-the-device',
    'A firm’s program opens the connections of one computer, in the office and at home.',
    company('on-one-computer'),
    {
      truth: 'undecidable',
      rule: EVERYTHING,
      probes: 2,
      oneDevice: true,
      line: { network: LAB_TELECOM, deviceTrusts: 'company' },
      elsewhere: [
        {
          network: LAB_RIVAL,
          expect: {
            ...GOES_WITH_DEVICE,
            ...KEPT,
            inDeviceStore: true,
            onOtherNetwork: true,
            firstMet: false,
          },
        },
      ],
      expect: { ...BY_STRANGER, ...KEPT, inDeviceStore: true, onOtherNetwork: false, firstMet: true },
      expectEvent: ONE_DEVICE,
    },
  ),
  intercepted(
    24,
    'device-moves-within-one-owner',
    'One device meets a stranger’s authority in two networks of one owner: nothing went with it.',
    { authority: 'unknown', key: 'within-one-owner' },
    {
      probes: 2,
      oneDevice: true,
      line: { network: LAB_TELECOM },
      elsewhere: [
        {
          network: LAB_TELECOM_TOO,
          expect: { ...BY_STRANGER, inDeviceStore: false, onOtherNetwork: false, firstMet: false },
        },
      ],
      expect: { ...BY_STRANGER, inDeviceStore: false, onOtherNetwork: false, firstMet: true },
      expectEvent: ONE_DEVICE,
    },
  ),
  intercepted(
    25,
    'known-root-on-two-networks',
    'One device meets a root on record in the networks of two owners.',
    { authority: 'known_2020' },
    {
      probes: 2,
      oneDevice: true,
      rule: EVERYTHING,
      line: { network: LAB_TELECOM, deviceTrusts: 'known_2020' },
      elsewhere: [
        {
          network: LAB_RIVAL,
          expect: { ...forgedBy('known_2020'), ...KEPT, inDeviceStore: true, onOtherNetwork: true },
        },
      ],
      expect: { ...forgedBy('known_2020'), ...KEPT, inDeviceStore: true, onOtherNetwork: false },
      expectEvent: { decision: 'interference', reason: 'known_authority', authority: 'known_2020' },
    },
  ),
];

export const DEVICE_STORE: readonly Scenario[] = [...IN_STORE, ...FROM_PLACE_TO_PLACE];
