import { serve } from '../../shared/host.ts';
import { buildApp, retrainOptions } from './app.ts';

void serve(process.env, () => buildApp(retrainOptions(process.env)));
