import type { FastifyInstance } from 'fastify';
import type { WebOptions } from '../options.ts';
import { addControlRoutes } from './control.ts';
import { addDescriptorRoutes } from './descriptor.ts';
import { addInterceptionRoutes } from './interception.ts';
import { addMeasurementRoutes } from './measurements.ts';
import { addPageRoutes } from './pages.ts';
import { addSnapshotRoutes } from './snapshots.ts';
import { addSubmitRoute } from './submit.ts';
import { addVerdictRoutes } from './verdicts.ts';

export function addRoutes(app: FastifyInstance, options: WebOptions): void {
  addSubmitRoute(app, options);
  addDescriptorRoutes(app, options);
  addControlRoutes(app, options);
  addMeasurementRoutes(app, options);
  addVerdictRoutes(app, options);
  addSnapshotRoutes(app, options);
  addInterceptionRoutes(app, options);
  addPageRoutes(app, options);
}
