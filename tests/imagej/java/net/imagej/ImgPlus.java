package net.imagej;

import net.imagej.axis.CalibratedAxis;
import net.imglib2.AbstractInterval;
import net.imglib2.Cursor;
import net.imglib2.Interval;
import net.imglib2.RandomAccess;
import net.imglib2.img.Img;
import net.imglib2.img.ImgFactory;
import net.imglib2.img.WrappedImg;

/** What of ImageJ2's class of this name SimilIJ looks at, of an ImageJ2 that is not on Maven Central. */
public class ImgPlus<T> extends AbstractInterval implements Img<T>, WrappedImg<T> {

	private final Img<T> img;
	private final String name;
	private final String source;
	private final CalibratedAxis[] axes;

	public ImgPlus(final Img<T> img, final String name, final String source, final CalibratedAxis... axes) {
		super(img);
		this.img = img;
		this.name = name;
		this.source = source;
		this.axes = axes;
	}

	@Override
	public Img<T> getImg() {
		return img;
	}

	public String getName() {
		return name;
	}

	/** The file it is of; of views a method of this name has an image for an answer. */
	public String getSource() {
		return source;
	}

	public CalibratedAxis axis(final int d) {
		return axes[d];
	}

	@Override
	public RandomAccess<T> randomAccess() {
		return img.randomAccess();
	}

	@Override
	public RandomAccess<T> randomAccess(final Interval interval) {
		return img.randomAccess(interval);
	}

	@Override
	public Cursor<T> cursor() {
		return img.cursor();
	}

	@Override
	public Cursor<T> localizingCursor() {
		return img.localizingCursor();
	}

	@Override
	public long size() {
		return img.size();
	}

	@Override
	public Object iterationOrder() {
		return img.iterationOrder();
	}

	@Override
	public T getType() {
		return img.getType();
	}

	@Override
	public ImgFactory<T> factory() {
		return img.factory();
	}

	@Override
	public Img<T> copy() {
		return img.copy();
	}
}
