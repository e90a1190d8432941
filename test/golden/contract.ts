/** What every rule owes its readers, beside being right: an id of its own, words, and a golden case. */
import { isMessageId } from '../../shared/i18n/index.ts';
import { RETIRED_RULES, type Rule } from '../../shared/rules/index.ts';

const ID = /^[a-z]+(?:\.[a-z0-9_]+)+$/;

/** One line for each thing missing; empty when the contract is kept. */
export function contractProblems(
  rules: readonly Pick<Rule, 'id' | 'claim' | 'outcomes' | 'alternatives'>[],
  goldenIds: readonly string[],
): string[] {
  const ids = rules.map((rule) => rule.id);
  const repeated = ids.filter((id, i) => ids.indexOf(id) !== i);
  return [
    ...repeated.map((id) => `${id}: two rules have this id`),
    ...rules.flatMap(({ id, claim, outcomes, alternatives }) => [
      ...(ID.test(id) ? [] : [`${id}: not an id`]),
      ...(Object.hasOwn(RETIRED_RULES, id) ? [`${id}: the id of a retired rule`] : []),
      ...(claim.trim().endsWith('.') ? [] : [`${id}: the claim is no sentence`]),
      ...(outcomes.length > 0 ? [] : [`${id}: no outcome`]),
      ...(isMessageId(`rule.${id}`) ? [] : [`${id}: no message rule.${id}`]),
      ...alternatives
        .filter((alternative) => !isMessageId(`alternative.${alternative}`))
        .map((alternative) => `${id}: no message alternative.${alternative}`),
      ...(goldenIds.includes(id) ? [] : [`${id}: no golden case`]),
    ]),
    ...goldenIds.filter((id) => !ids.includes(id)).map((id) => `${id}: a golden case without a rule`),
  ];
}
