import { http } from '@google-cloud/functions-framework';
import { asHandler } from '../shared/host.ts';
import * as recommend from './recommend/app.ts';
import * as retrain from './retrain/app.ts';
import * as upload from './upload/app.ts';

/**
 * The functions under @google-cloud/functions-framework (`--target=recommend`, ...), as Cloud Run
 * functions and buildpacks start them. One is built when it gets its first request: the others'
 * settings may be absent.
 */
const { env } = process;
http(
  'recommend',
  asHandler(() => recommend.buildApp(recommend.recommendOptions(env))),
);
http(
  'retrain',
  asHandler(() => retrain.buildApp(retrain.retrainOptions(env))),
);
http(
  'upload',
  asHandler(() => upload.buildApp(upload.uploadOptions(env))),
);
