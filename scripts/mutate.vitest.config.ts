import { defineConfig } from 'vitest/config';

/** Only the tests that look at rules and judging: each mutant runs those of them that reach it. */
export default defineConfig({
  test: {
    include: ['test/golden/**/*.test.ts', 'test/unit/rules/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    env: { KUAGER_ONLY: '127.0.0.0/8,::1/128' },
  },
});
