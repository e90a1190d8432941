import type { FastifyInstance } from 'fastify';

/** Which methods each address takes, to tell 405 from 404: the router itself only knows "no such route". */
export interface MethodTable {
  /** Methods of the routes that match this path; empty when none does. */
  allowed(path: string): readonly string[];
}

const REGEX_SPECIAL = /[.*+?^${}()|[\]\\]/g;

function pathPattern(route: string): RegExp {
  const parts = route
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(REGEX_SPECIAL, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}

/** Must be called before routes are added. */
export function trackMethods(app: FastifyInstance): MethodTable {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', (route) => {
    routes.push({ pattern: pathPattern(route.url), methods: [route.method].flat() });
  });
  return {
    allowed: (path) => [
      ...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods)),
    ],
  };
}
