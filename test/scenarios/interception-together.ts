/** One authority met by several people: what the collector makes of it. */
import { BY_STRANGER, EVERYTHING, intercepted, type How } from './interception-builders.ts';
import { LAB_MOBILE, LAB_RIVAL, LAB_TELECOM, LAB_TELECOM_TOO } from './networks.ts';
import type { Scenario } from './scenario.ts';

const stranger = (key: string): How => ({ authority: 'unknown', key });
const company = (key: string): How => ({ authority: 'company', key });

export const INTERCEPTION_TOGETHER: readonly Scenario[] = [
  intercepted(
    16,
    'met-by-strangers-of-two-owners',
    'Two people in networks of different owners meet one authority that nobody knows.',
    stranger('two-owners'),
    {
      probes: 2,
      line: { network: LAB_TELECOM },
      elsewhere: [{ network: LAB_RIVAL }],
      expect: BY_STRANGER,
      expectEvent: {
        decision: 'interference',
        reason: 'different_owners',
        authority: 'unknown',
        pseudonyms: 2,
      },
    },
  ),
  intercepted(
    17,
    'met-by-two-on-mobile',
    'Two people on the lines of one mobile operator meet it.',
    stranger('mobile'),
    {
      probes: 2,
      line: { network: LAB_MOBILE, type: 'mobile' },
      expect: BY_STRANGER,
      expectEvent: {
        decision: 'interference',
        reason: 'several_on_mobile',
        authority: 'unknown',
        pseudonyms: 2,
      },
    },
  ),
  intercepted(
    18,
    'met-in-two-regions',
    'Two people in one operator’s network say that they are in different regions.',
    stranger('regions'),
    {
      probes: 3,
      line: { network: LAB_TELECOM },
      elsewhere: [{ region: 'KZ-75' }, { region: 'KZ-71' }],
      expect: BY_STRANGER,
      expectEvent: {
        decision: 'interference',
        reason: 'different_regions',
        authority: 'unknown',
        pseudonyms: 3,
      },
    },
  ),
  intercepted(
    6,
    'company-root-shared-by-five',
    'A firm opens all connections of its office: one probe alone can only suspect.',
    company('office-of-five'),
    {
      truth: 'undecidable',
      rule: EVERYTHING,
      probes: 5,
      line: { network: LAB_TELECOM, deviceTrusts: 'company' },
      expect: BY_STRANGER,
      expectEvent: { decision: 'open', reason: 'one_owner', authority: 'unknown', pseudonyms: 5 },
    },
  ),
  intercepted(
    19,
    'company-with-two-offices',
    'The offices of a firm hang on two networks of one owner.',
    company('two-offices'),
    {
      truth: 'undecidable',
      rule: EVERYTHING,
      probes: 2,
      line: { network: LAB_TELECOM },
      elsewhere: [{ network: LAB_TELECOM_TOO }],
      expect: BY_STRANGER,
      expectEvent: { decision: 'open', reason: 'one_owner', authority: 'unknown', pseudonyms: 2 },
    },
  ),
  intercepted(
    20,
    'company-among-free-neighbours',
    'A firm opens the connections of its people; others on the same operator’s lines get genuine chains.',
    company('with-neighbours'),
    {
      truth: 'undecidable',
      rule: EVERYTHING,
      probes: 3,
      line: { network: LAB_TELECOM },
      elsewhere: [{ free: true }],
      expect: BY_STRANGER,
      expectEvent: {
        decision: 'local',
        reason: 'one_network_others_clean',
        authority: 'unknown',
        pseudonyms: 1,
      },
    },
  ),
];
