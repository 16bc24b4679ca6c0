package net.imagej.axis;

public class DefaultLinearAxis implements CalibratedAxis {

	private final String label;
	private final String unit;
	private final double scale;
	private final double origin;

	public DefaultLinearAxis(final String label, final String unit, final double scale, final double origin) {
		this.label = label;
		this.unit = unit;
		this.scale = scale;
		this.origin = origin;
	}

	@Override
	public AxisType type() {
		return () -> label;
	}

	@Override
	public String unit() {
		return unit;
	}

	public double scale() {
		return scale;
	}

	public double origin() {
		return origin;
	}

	@Override
	public double calibratedValue(final double rawValue) {
		return origin + scale * rawValue;
	}
}
