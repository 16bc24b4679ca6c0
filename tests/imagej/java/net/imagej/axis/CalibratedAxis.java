package net.imagej.axis;

public interface CalibratedAxis {

	AxisType type();

	String unit();

	double calibratedValue(double rawValue);
}
