import { serve } from '../../shared/host.ts';
import { buildApp, recommendOptions } from './app.ts';

void serve('recommend', process.env, () => buildApp(recommendOptions(process.env)));
