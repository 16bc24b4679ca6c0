package net.imglib2.roi.labeling;

import java.util.List;
import java.util.Set;
import net.imglib2.RandomAccessibleInterval;

/** What of the class of this name in imglib2-roi SimilIJ looks at. */
public class ImgLabeling<T, I> {

	private final RandomAccessibleInterval<I> indexImg;
	private final List<Set<T>> sets;

	public ImgLabeling(final RandomAccessibleInterval<I> indexImg, final List<Set<T>> sets) {
		this.indexImg = indexImg;
		this.sets = sets;
	}

	public RandomAccessibleInterval<I> getIndexImg() {
		return indexImg;
	}

	public Mapping getMapping() {
		return new Mapping();
	}

	public class Mapping {

		public int numSets() {
			return sets.size();
		}

		public Set<T> labelsAtIndex(final int index) {
			return sets.get(index);
		}
	}
}
