import { serve } from '../../shared/host.ts';
import { buildApp, retrainOptions } from './app.ts';

void serve('retrain', process.env, () => buildApp(retrainOptions(process.env)));
