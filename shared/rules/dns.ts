/** Does the resolver tell the truth? Accuses only against the control and an honest second opinion. */
import { DNS_ANSWER_RULES } from './dns-answers.ts';
import { DNS_BLOCKPAGE_RULES } from './dns-blockpage.ts';
import { DNS_DENIAL_RULES } from './dns-denials.ts';
import { DNS_MADE_UP_RULES } from './dns-made-up.ts';
import { DNS_REPLY_RULES } from './dns-replies.ts';
import { DNS_RESOLVER_RULES } from './dns-resolver.ts';
import type { Rule } from './rule.ts';

export const DNS_RULES: readonly Rule[] = [
  ...DNS_RESOLVER_RULES,
  ...DNS_BLOCKPAGE_RULES,
  ...DNS_ANSWER_RULES,
  ...DNS_DENIAL_RULES,
  ...DNS_MADE_UP_RULES,
  ...DNS_REPLY_RULES,
];
