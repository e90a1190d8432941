/** An alert → whether the same follows again from what is kept. Reads only; one file a kind beside this one. */
import { createContexts } from './archive/context.ts';
import type { ReadyContext } from './archive/context.ts';
import type { Explanation, ExplainTools } from './explain-tools.ts';
import { explainBlockingAlert } from './explain-blocking.ts';
import { explainInterceptionAlert } from './explain-interception.ts';
import { explainSilenceAlert } from './explain-silence.ts';
import type { Alert } from './store/alerts.ts';
import type { ArchiveStore } from './store/store.ts';

/** A context as it was archived; what this program's own rules make of it is not archived by somebody who only looks. */
export function readingContexts(archive: ArchiveStore): (id: string) => ReadyContext {
  return createContexts({ ...archive, saveSnapshot: () => undefined }, () => '');
}

export function explainAlert(alert: Alert, tools: ExplainTools): Promise<Explanation> {
  if (alert.kind === 'interception') return explainInterceptionAlert(alert, tools);
  if (alert.kind === 'blocking') return explainBlockingAlert(alert, tools);
  return Promise.resolve(explainSilenceAlert(alert, tools));
}
