import { judgeCase } from '../../shared/judge/index.ts';
import type { Beside, ControlResponse, Verdict } from '../../shared/model/index.ts';
import type { Case } from '../../shared/rules/index.ts';
import type { GoldenDocument, TestKeys } from './build.ts';
import { GOLDEN_CONTEXT } from './context.ts';

/** With what lies beside a golden document. Throws when the document can't be judged. */
export function judged(document: unknown): { readonly verdict: Verdict; readonly case: Case } {
  const { beside } = document as { readonly beside?: Beside };
  const result = judgeCase(document, GOLDEN_CONTEXT, beside);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result;
}

/** `tls-3-0` is the first handshake on the list and of transaction 3: its place on the list says nothing. */
export const handle = (id: string): string => id.replace(/^(dns-late|dns|tcp|tls|http)-(\d+)-\d+$/, '$1-$2');

/** The verdict with observations named whatever their place on a list was. */
export function withoutPlaces(verdict: Verdict): Verdict {
  const rules = verdict.rules.map((rule) => ({ ...rule, because: rule.because.map(handle).sort() }));
  return { ...verdict, rules };
}

export function withKeys(document: GoldenDocument, keys: Partial<TestKeys>): GoldenDocument {
  return { ...document, test_keys: { ...document.test_keys, ...keys } };
}

const NO_CONTROL = { control: {}, control_failure: 'generic_timeout_error', x_control_signed: null } as const;
export const withoutControl = (document: GoldenDocument): GoldenDocument => withKeys(document, NO_CONTROL);

/** null when there is none. */
export function controlOf(document: GoldenDocument): ControlResponse | null {
  const { control } = document.test_keys;
  return Object.keys(control).length > 0 ? (control as ControlResponse) : null;
}
