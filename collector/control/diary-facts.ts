/** What the control's diary knows about a target, as far as it belongs into a reply. */
import type { ControlResponse } from '../../shared/model/index.ts';

/** Names told for one address; four of them are ever tried. */
const MAX_SIBLINGS = 8;
const MAX_EARLIER_ADDRESSES = 16;

export interface DiaryFacts {
  /** By address: other listed names that lately showed a trusted chain there. */
  readonly siblings: Readonly<Record<string, readonly string[]>>;
  /** Addresses of this name in the last two weeks. */
  readonly earlierAddrs: readonly string[];
}

/** @param addresses those that the reply is about; nothing is told about others. */
export function diarySection(
  facts: DiaryFacts | null,
  host: string,
  addresses: readonly string[],
  present: readonly string[],
): Pick<ControlResponse, 'x_siblings' | 'x_earlier_addrs'> {
  if (facts === null) return {};
  const siblings = [...new Set(addresses)].flatMap((address): [string, string[]][] => {
    const others = (facts.siblings[address] ?? []).filter((name) => name !== host);
    return others.length === 0 ? [] : [[address, others.slice(0, MAX_SIBLINGS)]];
  });
  const earlier = facts.earlierAddrs.filter((address) => !present.includes(address));
  return {
    x_siblings: Object.fromEntries(siblings),
    x_earlier_addrs: earlier.slice(0, MAX_EARLIER_ADDRESSES),
  };
}
