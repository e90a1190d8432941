/** Undoes what was set up, last first, whatever one step says. */
export function createUndo(onFault: (error: unknown, what: string) => void) {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    add: (step: () => Promise<void> | void) => void steps.push(step),
    async run(): Promise<void> {
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step();
        } catch (error) {
          onFault(error, 'stopping');
        }
      }
    },
  };
}
