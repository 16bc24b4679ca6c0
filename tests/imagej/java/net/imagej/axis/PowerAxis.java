package net.imagej.axis;

/** An axis whose places are not equally far from each other. */
public class PowerAxis implements CalibratedAxis {

	private final String label;
	private final String unit;

	public PowerAxis(final String label, final String unit) {
		this.label = label;
		this.unit = unit;
	}

	@Override
	public AxisType type() {
		return () -> label;
	}

	@Override
	public String unit() {
		return unit;
	}

	@Override
	public double calibratedValue(final double rawValue) {
		return rawValue * rawValue;
	}
}
