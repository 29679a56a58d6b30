import { serve } from '../../shared/host.ts';
import { buildApp, recommendOptions } from './app.ts';

void serve(process.env, () => buildApp(recommendOptions(process.env)));
