/** The parts of the plot library that the view needs: a bundle of its own. */
import { CustomChart, GraphChart, ScatterChart } from 'echarts/charts';
import { GridComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([CustomChart, GraphChart, ScatterChart]);
use([GridComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

export { init };
