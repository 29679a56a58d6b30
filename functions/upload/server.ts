import { serve } from '../../shared/host.ts';
import { buildApp, uploadOptions } from './app.ts';

void serve(process.env, () => buildApp(uploadOptions(process.env)));
