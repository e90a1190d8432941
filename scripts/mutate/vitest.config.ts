import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['scripts/mutate/every.test.ts'],
    setupFiles: ['test/setup.ts', 'scripts/mutate/remember.ts'],
    runner: 'scripts/mutate/thread.ts',
    pool: 'threads',
    testTimeout: 90_000,
    hookTimeout: 90_000,
    env: { KUAGER_ONLY: '127.0.0.0/8,::1/128' },
  },
});
