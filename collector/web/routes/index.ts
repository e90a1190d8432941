import type { FastifyInstance } from 'fastify';
import type { WebOptions } from '../options.ts';
import { addAlertRoutes } from './alerts.ts';
import { addBlockingRoutes } from './blocking.ts';
import { addCellRoutes } from './cells.ts';
import { addControlRoutes } from './control.ts';
import { addDescriptorRoutes } from './descriptor.ts';
import { addEventPageRoutes } from './event-pages.ts';
import { addInterceptionRoutes } from './interception.ts';
import { addMeasurementRoutes } from './measurements.ts';
import { addPageRoutes } from './pages.ts';
import { addSilenceRoutes } from './silence.ts';
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
  addBlockingRoutes(app, options);
  addCellRoutes(app, options);
  addSilenceRoutes(app, options);
  addAlertRoutes(app, options);
  addPageRoutes(app, options);
  addEventPageRoutes(app, options);
}
