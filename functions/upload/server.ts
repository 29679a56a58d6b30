import { serve } from '../../shared/host.ts';
import { buildApp, uploadOptions } from './app.ts';

await serve(process.env, () => buildApp(uploadOptions(process.env)));
