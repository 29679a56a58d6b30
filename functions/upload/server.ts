import { serve } from '../../shared/host.ts';
import { buildApp, uploadOptions } from './app.ts';

void serve('upload', process.env, () => buildApp(uploadOptions(process.env)));
