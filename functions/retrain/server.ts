import { serve } from '../../shared/host.ts';
import { buildApp, retrainOptions } from './app.ts';

await serve(process.env, () => buildApp(retrainOptions(process.env)));
